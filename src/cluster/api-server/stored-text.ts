/** Stored text as the client reads it, without parsing it where the stored form allows. */
import { apiVersionOf, type KubeObject } from "../../api/index.ts";
import { fromStored, type ServedResource } from "./resources.ts";

const heads = new WeakMap<ServedResource, string>();

function headOf(resource: ServedResource): string {
  let head = heads.get(resource);
  if (head === undefined) {
    head = `{"apiVersion":${JSON.stringify(apiVersionOf(resource))},"kind":${JSON.stringify(resource.kind)},"metadata":{`;
    heads.set(resource, head);
  }
  return head;
}

/** JSON of a stored object with its revision. */
export function toWireText(resource: ServedResource, value: string, revision: number): string {
  const head = headOf(resource);
  // Custom kinds may be served in another version than the stored one, and gain defaults when read.
  if (!resource.custom && value.startsWith(head)) return `${head}"resourceVersion":"${revision}",${value.slice(head.length)}`;
  return JSON.stringify(fromStored<KubeObject>(resource, value, revision));
}
