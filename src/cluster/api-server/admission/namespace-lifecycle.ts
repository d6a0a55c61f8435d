/** Objects live in namespaces that exist and are not being deleted. Follows plugin/pkg/admission/namespace/lifecycle. */
import { NAMESPACES, type Namespace } from "../../../api/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import { storageKey } from "../resources.ts";
import { forbidden, isResource, type Admission } from "./admission.ts";

export const namespaceLifecycle: Admission = {
  name: "NamespaceLifecycle",
  admit: (request) => {
    const { operation, resource, object, transaction } = request;
    const { namespace } = object.metadata;
    if (operation !== "create" || !resource.namespaced || namespace === undefined) return;
    const stored = transaction.get(storageKey(NAMESPACES, undefined, namespace));
    if (!stored) {
      throw new SkiffError("NotFound", `namespaces "${namespace}" not found`, { details: { name: namespace, kind: "namespaces" } });
    }
    const terminating = (JSON.parse(stored.value) as Namespace).metadata.deletionTimestamp !== undefined;
    if (terminating && resource.kind !== "Event") {
      throw forbidden(request, `unable to create new content in namespace ${namespace} because it is being terminated`);
    }
  },
};

/** A namespace carries its name as a label and a finalizer until its content is gone. */
export const namespaceDefaults: Admission = {
  name: "NamespaceDefaults",
  admit: ({ operation, resource, object }) => {
    if (!isResource(resource, "namespaces")) return;
    const namespace = object as Namespace;
    namespace.metadata.labels = { ...namespace.metadata.labels, "kubernetes.io/metadata.name": namespace.metadata.name };
    if (operation !== "create") return;
    namespace.spec = { finalizers: ["kubernetes"] };
    namespace.status = { phase: "Active" };
  },
};
