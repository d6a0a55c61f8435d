/** networking.k8s.io/v1: Ingress, IngressClass, NetworkPolicy. Stored for their clients; the gateway follows Istio's objects. */
import { AGE_COLUMN, NONE } from "./columns.ts";
import { labelSelectorText, type LabelSelector } from "./label-selector.ts";
import type { KubeObject, ResourceDefinition } from "./meta.ts";

export interface Ingress extends KubeObject {
  spec?: {
    ingressClassName?: string;
    tls?: { hosts?: string[]; secretName?: string }[];
    rules?: { host?: string; http?: { paths: { path?: string; pathType: string }[] } }[];
  };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
}

export interface IngressClass extends KubeObject {
  spec?: { controller?: string; parameters?: { apiGroup?: string; kind: string; name: string } };
}

export interface NetworkPolicy extends KubeObject {
  spec?: { podSelector?: LabelSelector; policyTypes?: string[]; ingress?: unknown[]; egress?: unknown[] };
}

const base = { group: "networking.k8s.io", version: "v1" } as const;

function hosts({ spec }: Ingress): string {
  const all = (spec?.rules ?? []).flatMap(({ host }) => (host ? [host] : []));
  if (all.length === 0) return "*";
  return all.slice(0, 3).join(",") + (all.length > 3 ? ` + ${all.length - 3} more...` : "");
}

export const INGRESSES: ResourceDefinition<Ingress> = {
  ...base,
  kind: "Ingress",
  plural: "ingresses",
  singular: "ingress",
  shortNames: ["ing"],
  namespaced: true,
  subresources: ["status"],
  columns: [
    { name: "Class", type: "string", value: (object) => (object as Ingress).spec?.ingressClassName ?? NONE },
    { name: "Hosts", type: "string", value: (object) => hosts(object) },
    {
      name: "Address",
      type: "string",
      value: (object) =>
        ((object as Ingress).status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? "").join(","),
    },
    { name: "Ports", type: "string", value: (object) => ((object as Ingress).spec?.tls?.length ? "80, 443" : "80") },
    AGE_COLUMN,
  ],
};

export const INGRESS_CLASSES: ResourceDefinition<IngressClass> = {
  ...base,
  kind: "IngressClass",
  plural: "ingressclasses",
  singular: "ingressclass",
  namespaced: false,
  columns: [
    { name: "Controller", type: "string", value: (object) => (object as IngressClass).spec?.controller ?? "" },
    {
      name: "Parameters",
      type: "string",
      value: (object) => {
        const { apiGroup, kind, name } = (object as IngressClass).spec?.parameters ?? {};
        return kind ? `${apiGroup ? `${kind}.${apiGroup}` : kind}/${name}` : NONE;
      },
    },
    AGE_COLUMN,
  ],
};

export const NETWORK_POLICIES: ResourceDefinition<NetworkPolicy> = {
  ...base,
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  singular: "networkpolicy",
  shortNames: ["netpol"],
  namespaced: true,
  columns: [
    { name: "Pod-Selector", type: "string", value: (object) => labelSelectorText((object as NetworkPolicy).spec?.podSelector) },
    AGE_COLUMN,
  ],
};
