/** apiextensions.k8s.io/v1 CustomResourceDefinition. */
import type { Condition, KubeObject, ResourceDefinition } from "./meta.ts";
import { groupResourceOf } from "./meta.ts";

export interface CrdColumn {
  name: string;
  type: string;
  jsonPath: string;
  description?: string;
  priority?: number;
}

export interface CrdVersion {
  name: string;
  served: boolean;
  storage: boolean;
  schema?: { openAPIV3Schema: Record<string, unknown> };
  subresources?: {
    status?: Record<string, never>;
    scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string };
  };
  additionalPrinterColumns?: CrdColumn[];
}

export interface CustomResourceDefinition extends KubeObject {
  spec: {
    group: string;
    names: {
      kind: string;
      plural: string;
      singular?: string;
      listKind?: string;
      shortNames?: string[];
      categories?: string[];
    };
    scope: "Namespaced" | "Cluster";
    versions: CrdVersion[];
  };
  status?: { conditions?: Condition[]; acceptedNames?: Record<string, unknown>; storedVersions?: string[] };
}

export const CUSTOM_RESOURCE_DEFINITIONS: ResourceDefinition<CustomResourceDefinition> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  singular: "customresourcedefinition",
  shortNames: ["crd", "crds"],
  namespaced: false,
  subresources: ["status"],
  categories: ["api-extensions"],
};

/** The manifest that makes `resource` known to any Kubernetes API server. */
export function toCustomResourceDefinition(resource: ResourceDefinition): CustomResourceDefinition {
  const status = resource.subresources?.includes("status") ? { status: {} } : undefined;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: groupResourceOf(resource) },
    spec: {
      group: resource.group,
      names: {
        kind: resource.kind,
        plural: resource.plural,
        singular: resource.singular,
        listKind: `${resource.kind}List`,
        shortNames: [...(resource.shortNames ?? [])],
        categories: [...(resource.categories ?? [])],
      },
      scope: resource.namespaced ? "Namespaced" : "Cluster",
      versions: [
        {
          name: resource.version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: resource.schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          ...(status ? { subresources: status } : {}),
        },
      ],
    },
  };
}
