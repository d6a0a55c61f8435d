/**
 * Schemas: those of the built-in kinds (made from tables of facts) and those of CRDs, and what is done with them before an
 * object is stored: decoding, pruning, defaulting, validation, CEL rules. Leaves ownership of fields to `../apply`.
 */
export * from "./built-in-schemas.ts";
export * from "./decode.ts";
export * from "./patterns.ts";
export * from "./resource-schema.ts";
export * from "./rules.ts";
export * from "./schema.ts";
export * from "./structural.ts";
export * from "./validate.ts";
