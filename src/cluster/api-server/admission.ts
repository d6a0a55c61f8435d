/** The admission chain: what happens to an object between the request and the store. Runs inside the transaction. */
import {
  NAMESPACES,
  SERVICE_ACCOUNTS,
  type CustomResourceDefinition,
  type KubeObject,
  type Namespace,
  type Pod,
  type Secret,
  type UserInfo,
} from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import type { Authorizer } from "../auth/index.ts";
import type { Transaction } from "../object-store/index.ts";
import { storageKey, type ServedResource } from "./resources.ts";

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

const isCore = (resource: ServedResource, plural: string): boolean => resource.group === "" && resource.plural === plural;

/** Objects live in namespaces that exist and are not being deleted. Follows plugin/pkg/admission/namespace/lifecycle. */
const namespaceLifecycle: Admission = {
  name: "NamespaceLifecycle",
  admit: ({ operation, resource, object, transaction }) => {
    const { namespace, name } = object.metadata;
    if (operation !== "create" || !resource.namespaced || namespace === undefined) return;
    const stored = transaction.get(storageKey(NAMESPACES, undefined, namespace));
    if (!stored) {
      throw new SkiffError("NotFound", `namespaces "${namespace}" not found`, { details: { name: namespace, kind: "namespaces" } });
    }
    const terminating = (JSON.parse(stored.value) as Namespace).metadata.deletionTimestamp !== undefined;
    if (terminating && resource.kind !== "Event") {
      throw new SkiffError(
        "Forbidden",
        `${resource.plural} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    }
  },
};

/** A namespace carries its name as a label and a finalizer until its content is gone. */
const namespaceDefaults: Admission = {
  name: "NamespaceDefaults",
  admit: ({ operation, resource, object }) => {
    if (operation !== "create" || !isCore(resource, "namespaces")) return;
    const namespace = object as Namespace;
    namespace.metadata.labels = { ...namespace.metadata.labels, "kubernetes.io/metadata.name": namespace.metadata.name };
    namespace.spec = { finalizers: ["kubernetes"] };
    namespace.status = { phase: "Active" };
  },
};

/** Pods run as a ServiceAccount that exists. Follows plugin/pkg/admission/serviceaccount. */
const podDefaults: Admission = {
  name: "ServiceAccount",
  admit: ({ operation, resource, object, transaction }) => {
    if (operation !== "create" || !isCore(resource, "pods")) return;
    const pod = object as Pod;
    const { name, namespace = "" } = pod.metadata;
    const containers = pod.spec?.containers;
    if (!Array.isArray(containers) || containers.length === 0) {
      throw new SkiffError("Invalid", `Pod "${name}" is invalid: spec.containers: Required value`);
    }
    for (const [index, container] of containers.entries()) {
      for (const field of ["name", "image"] as const) {
        if (typeof container[field] !== "string" || container[field] === "") {
          throw new SkiffError("Invalid", `Pod "${name}" is invalid: spec.containers[${index}].${field}: Required value`);
        }
      }
    }
    pod.spec.serviceAccountName ??= "default";
    pod.spec.restartPolicy ??= "Always";
    pod.spec.terminationGracePeriodSeconds ??= 30;
    pod.status = { phase: "Pending" };
    const account = pod.spec.serviceAccountName;
    if (!transaction.get(storageKey(SERVICE_ACCOUNTS, namespace, account))) {
      throw new SkiffError(
        "Forbidden",
        `pods "${name}" is forbidden: error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`,
      );
    }
  },
};

/** `stringData` is a way to write, never to read. */
const secretData: Admission = {
  name: "SecretData",
  admit: ({ resource, object }) => {
    if (!isCore(resource, "secrets")) return;
    const secret = object as Secret;
    secret.type ??= "Opaque";
    if (!secret.stringData) return;
    const encoded = Object.entries(secret.stringData).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
    secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
    delete secret.stringData;
  },
};

/** A definition is served from the commit that stores it, so it is established at once. */
const established: Admission = {
  name: "CustomResourceDefinitionEstablished",
  admit: ({ operation, resource, object }) => {
    if (operation !== "create" || resource.kind !== "CustomResourceDefinition") return;
    const definition = object as CustomResourceDefinition;
    const { names, versions } = definition.spec;
    const lastTransitionTime = object.metadata.creationTimestamp ?? "";
    definition.status = {
      acceptedNames: { ...names },
      storedVersions: versions.filter((version) => version.storage).map((version) => version.name),
      conditions: [
        { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found", lastTransitionTime },
        {
          type: "Established",
          status: "True",
          reason: "InitialNamesAccepted",
          message: "the initial names have been accepted",
          lastTransitionTime,
        },
      ],
    };
  },
};

/** The chain in its order. */
export const ADMISSION_CHAIN: readonly Admission[] = [namespaceLifecycle, namespaceDefaults, podDefaults, secretData, established];
