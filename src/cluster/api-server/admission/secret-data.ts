/** `stringData` is a way to write, never to read. */
import type { Secret } from "../../../api/index.ts";
import { isResource, type Admission } from "./admission.ts";

export const secretData: Admission = {
  name: "SecretData",
  admit: ({ resource, object }) => {
    if (!isResource(resource, "secrets")) return;
    const secret = object as Secret;
    secret.type ??= "Opaque";
    if (!secret.stringData) return;
    const encoded = Object.entries(secret.stringData).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
    secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
    delete secret.stringData;
  },
};
