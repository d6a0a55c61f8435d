/** What a step of the admission chain sees, and how it refuses. */
import { groupResourceOf, type KubeObject, type ResourceDefinition, type UserInfo } from "../../../api/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import type { Authorizer } from "../../auth/index.ts";
import type { Transaction } from "../../object-store/index.ts";
import { fromStored, storageKey, type ServedResource } from "../resources.ts";

export interface AdmissionRequest {
  readonly operation: "create" | "update";
  readonly resource: ServedResource;
  /** Changed in place by mutating steps. */
  readonly object: KubeObject;
  /** The object before an update. */
  readonly previous: KubeObject | undefined;
  readonly user: UserInfo;
  readonly transaction: Transaction;
  /** True when nothing may be stored. */
  readonly dryRun: boolean;
  readonly authorizer: Authorizer;
}

export interface Admission {
  readonly name: string;
  /** Throws to refuse. */
  admit(request: AdmissionRequest): void;
}

/** True for a kind of Kubernetes itself, by the name that messages use (`pods`, `jobs.batch`). */
export function isResource(resource: ResourceDefinition, name: string): boolean {
  return groupResourceOf(resource) === name;
}

/** The refusal of an admission step, in the words of apiserver's `admission.NewForbidden`. */
export function forbidden({ resource, object }: Pick<AdmissionRequest, "resource" | "object">, message: string): SkiffError {
  const name = object.metadata.name;
  return new SkiffError("Forbidden", `${groupResourceOf(resource)} "${name}" is forbidden: ${message}`, {
    details: { name, ...(resource.group ? { group: resource.group } : {}), kind: resource.plural },
  });
}

/** The stored objects of a kind, in one namespace where one is given. */
export function listStored<T extends KubeObject>(transaction: Transaction, definition: ResourceDefinition<T>, namespace?: string): T[] {
  return transaction.list(storageKey(definition, namespace)).map(({ value, revision }) => fromStored<T>(definition, value, revision));
}
