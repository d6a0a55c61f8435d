/**
 * Server-side apply and field ownership: which manager owns which field after every write. Owns metadata.managedFields;
 * leaves schemas to `../schema` and the writing itself to `../write.ts`.
 */
export * from "./apply.ts";
export * from "./track-update.ts";
