/** core/v1 Service and Endpoints, discovery.k8s.io/v1 EndpointSlice. */
import { AGE_COLUMN, NONE, shortList } from "./columns.ts";
import type { KubeObject, ResourceDefinition } from "./meta.ts";

export interface ServicePort {
  name?: string;
  protocol?: string;
  port: number;
  targetPort?: number | string;
  nodePort?: number;
  appProtocol?: string;
}

export interface Service extends KubeObject {
  spec: {
    type?: "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName";
    selector?: Record<string, string>;
    ports?: ServicePort[];
    clusterIP?: string;
    clusterIPs?: string[];
    externalIPs?: string[];
    externalName?: string;
    sessionAffinity?: string;
    ipFamilies?: string[];
    ipFamilyPolicy?: string;
    internalTrafficPolicy?: string;
    externalTrafficPolicy?: string;
    allocateLoadBalancerNodePorts?: boolean;
  };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
}

export interface EndpointAddress {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef?: { kind?: string; namespace?: string; name?: string; uid?: string };
}

export interface Endpoints extends KubeObject {
  subsets?: {
    addresses?: EndpointAddress[];
    notReadyAddresses?: EndpointAddress[];
    ports?: { name?: string; port: number; protocol?: string }[];
  }[];
}

export interface EndpointSlice extends KubeObject {
  addressType: "IPv4" | "IPv6" | "FQDN";
  endpoints?: { addresses: string[]; conditions?: { ready?: boolean } }[];
  ports?: { name?: string; port?: number; protocol?: string }[];
}

function externalAddress({ spec, status }: Service): string {
  const external = spec.externalIPs ?? [];
  switch (spec.type) {
    case "ExternalName":
      return spec.externalName ?? "";
    case "LoadBalancer": {
      const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? "");
      const all = [...ingress, ...external];
      return all.length === 0 ? "<pending>" : all.join(",");
    }
    default:
      return external.length === 0 ? NONE : external.join(",");
  }
}

function portText({ port, nodePort, protocol = "TCP" }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}

export const SERVICES: ResourceDefinition<Service> = {
  group: "",
  version: "v1",
  kind: "Service",
  plural: "services",
  singular: "service",
  shortNames: ["svc"],
  categories: ["all"],
  namespaced: true,
  subresources: ["status"],
  columns: [
    { name: "Type", type: "string", value: (object) => (object as Service).spec.type ?? "ClusterIP" },
    { name: "Cluster-IP", type: "string", value: (object) => (object as Service).spec.clusterIP || NONE },
    { name: "External-IP", type: "string", value: (object) => externalAddress(object as Service) },
    { name: "Port(s)", type: "string", value: (object) => (object as Service).spec.ports?.map(portText).join(",") || NONE },
    AGE_COLUMN,
    {
      name: "Selector",
      type: "string",
      priority: 1,
      value: (object) =>
        Object.entries((object as Service).spec.selector ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .toSorted()
          .join(",") || NONE,
    },
  ],
};

export const ENDPOINTS: ResourceDefinition<Endpoints> = {
  group: "",
  version: "v1",
  kind: "Endpoints",
  plural: "endpoints",
  singular: "endpoints",
  shortNames: ["ep"],
  namespaced: true,
  columns: [
    {
      name: "Endpoints",
      type: "string",
      value: (object) =>
        shortList(
          ((object as Endpoints).subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
            ports.length === 0
              ? addresses.map(({ ip }) => ip)
              : ports.flatMap(({ port }) => addresses.map(({ ip }) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`))),
          ),
        ),
    },
    AGE_COLUMN,
  ],
};

export const ENDPOINT_SLICES: ResourceDefinition<EndpointSlice> = {
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  plural: "endpointslices",
  singular: "endpointslice",
  namespaced: true,
  columns: [
    { name: "AddressType", type: "string", value: (object) => (object as EndpointSlice).addressType },
    {
      name: "Ports",
      type: "string",
      value: (object) => {
        const ports = (object as EndpointSlice).ports ?? [];
        return ports.length === 0 ? "<unset>" : shortList(ports.map(({ port }) => (port === undefined ? "*" : String(port))));
      },
    },
    {
      name: "Endpoints",
      type: "string",
      value: (object) => {
        const addresses = ((object as EndpointSlice).endpoints ?? []).flatMap((endpoint) => endpoint.addresses);
        return addresses.length === 0 ? "<unset>" : shortList(addresses);
      },
    },
    AGE_COLUMN,
  ],
};
