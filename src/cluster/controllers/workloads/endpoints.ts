/** Endpoints and EndpointSlices: which pods stand behind a Service. Follows kubernetes pkg/controller/{endpoint,endpointslice}. */
import {
  controllerReference,
  ENDPOINT_SLICES,
  ENDPOINTS,
  type EndpointAddress,
  type Endpoints,
  type EndpointSlice,
  type Pod,
  type Service,
  type ServicePort,
} from "../../../api/index.ts";
import type { Loop } from "../../../kit/index.ts";
import { jsonEqual } from "../../../lib/json.ts";
import { matchesLabels } from "../../../lib/selectors.ts";
import type { WorkloadContext } from "./context.ts";
import { isFailed, isGoing, isReady, isSucceeded } from "./pod-state.ts";
import { hashTemplate } from "./template-hash.ts";
import { createWorkloadLoop, keyOf } from "./workload-loop.ts";

/** Upstream's --max-endpoints-per-slice. */
const SLICE_SIZE = 100;
const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const MANAGER = "endpointslice-controller.k8s.io";

interface ResolvedPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

export interface EndpointGroup {
  readonly ports: readonly ResolvedPort[];
  readonly members: readonly { readonly pod: Pod; readonly ready: boolean }[];
}

/** The number behind a target port in a pod; undefined when the pod has no port of that name. */
function resolvePort({ port, targetPort = port, protocol = "TCP" }: ServicePort, pod: Pod): number | undefined {
  if (typeof targetPort === "number") return targetPort === 0 ? port : targetPort;
  const named = pod.spec.containers
    .flatMap(({ ports = [] }) => ports)
    .find((one) => one.name === targetPort && (one.protocol ?? "TCP") === protocol);
  return named?.containerPort;
}

/** The service's pods that have an address, in groups that listen on the same ports. */
export function groupEndpoints({ spec }: Service, pods: readonly Pod[]): EndpointGroup[] {
  const groups = new Map<string, { ports: ResolvedPort[]; members: { pod: Pod; ready: boolean }[] }>();
  const everyone = (spec as { publishNotReadyAddresses?: boolean }).publishNotReadyAddresses === true;
  for (const pod of pods.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    if (!pod.status?.podIP || isFailed(pod) || isSucceeded(pod)) continue;
    const ports = (spec.ports ?? []).flatMap((port) => {
      const number = resolvePort(port, pod);
      if (number === undefined) return [];
      const { name, protocol = "TCP", appProtocol } = port;
      return [{ ...(name ? { name } : {}), port: number, protocol, ...(appProtocol ? { appProtocol } : {}) }];
    });
    if (ports.length === 0 && (spec.ports ?? []).length > 0) continue;
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, members: [] };
    group.members.push({ pod, ready: everyone || (isReady(pod) && !isGoing(pod)) });
    groups.set(key, group);
  }
  return [...groups.values()];
}

const targetOf = ({ metadata }: Pod): NonNullable<EndpointAddress["targetRef"]> => ({
  kind: "Pod",
  namespace: metadata.namespace ?? "",
  name: metadata.name,
  ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
});

function hostnameOf(service: Service, { spec }: Pod): { hostname?: string } {
  const { hostname, subdomain } = spec as { hostname?: string; subdomain?: string };
  return hostname !== undefined && subdomain === service.metadata.name ? { hostname } : {};
}

export function toSubsets(service: Service, groups: readonly EndpointGroup[], nodeName: string): NonNullable<Endpoints["subsets"]> {
  return groups
    .map(({ ports, members }) => {
      const addresses = (ready: boolean): EndpointAddress[] =>
        members
          .filter((member) => member.ready === ready && (ready || !isGoing(member.pod)))
          .map(({ pod }) => ({ ip: pod.status?.podIP ?? "", ...hostnameOf(service, pod), nodeName, targetRef: targetOf(pod) }));
      const [ready, notReady] = [addresses(true), addresses(false)];
      return {
        ...(ready.length > 0 ? { addresses: ready } : {}),
        ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
        ...(ports.length > 0 ? { ports: [...ports] } : {}),
      };
    })
    .filter(({ addresses, notReadyAddresses }) => addresses !== undefined || notReadyAddresses !== undefined);
}

function toSlices(service: Service, groups: readonly EndpointGroup[], nodeName: string): EndpointSlice[] {
  const { name, namespace = "", uid } = service.metadata;
  const withPlaceholder: readonly EndpointGroup[] = groups.length > 0 ? groups : [{ ports: [], members: [] }];
  return withPlaceholder.flatMap(({ ports, members }) => {
    const count = Math.max(1, Math.ceil(members.length / SLICE_SIZE));
    return Array.from({ length: count }, (_, index): EndpointSlice => ({
      apiVersion: "discovery.k8s.io/v1",
      kind: ENDPOINT_SLICES.kind,
      metadata: {
        // By its content's kind: the same slice is found again after a restart.
        name: `${name}-${hashTemplate([uid, ports, index]).slice(0, 5)}`,
        generateName: `${name}-`,
        namespace,
        labels: { ...service.metadata.labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER, ...headlessLabel(service) },
        ownerReferences: [controllerReference(service)],
      },
      addressType: "IPv4",
      endpoints: members.slice(index * SLICE_SIZE, (index + 1) * SLICE_SIZE).map(({ pod, ready }) => ({
        addresses: [pod.status?.podIP ?? ""],
        conditions: { ready, serving: isReady(pod), terminating: isGoing(pod) },
        ...hostnameOf(service, pod),
        nodeName,
        targetRef: targetOf(pod),
      })),
      ports: ports.map((port) => ({ ...port, name: port.name ?? "" })),
    }));
  });
}

function headlessLabel({ spec }: Service): Record<string, string> {
  return spec.clusterIP === "None" ? { "service.kubernetes.io/headless": "" } : {};
}

/** Creates the loop. */
export function createEndpointsController({ kube, log, nodeName, caches, informers }: WorkloadContext): Loop {
  const { services, pods } = caches;

  const publishEndpoints = async (service: Service, groups: readonly EndpointGroup[]): Promise<void> => {
    const { name, namespace = "" } = service.metadata;
    const subsets = toSubsets(service, groups, nodeName);
    const labels = { ...service.metadata.labels, ...headlessLabel(service) };
    const existing = await kube.find(ENDPOINTS, name, namespace);
    if (existing) {
      if (jsonEqual(existing.subsets ?? [], subsets) && jsonEqual(existing.metadata.labels ?? {}, labels)) return;
      await kube.update(ENDPOINTS, { ...existing, metadata: { ...existing.metadata, labels }, subsets });
      return;
    }
    const metadata = { name, namespace, labels, ownerReferences: [controllerReference(service)] };
    await kube.create(ENDPOINTS, { apiVersion: "v1", kind: ENDPOINTS.kind, metadata, subsets });
  };

  const publishSlices = async (service: Service, groups: readonly EndpointGroup[]): Promise<void> => {
    const { name, namespace = "" } = service.metadata;
    const wanted = new Map(toSlices(service, groups, nodeName).map((slice) => [slice.metadata.name, slice]));
    const labelSelector = `${SERVICE_NAME}=${name},${MANAGED_BY}=${MANAGER}`;
    const { items } = await kube.list(ENDPOINT_SLICES, { namespace, labelSelector });
    for (const slice of items) {
      const next = wanted.get(slice.metadata.name);
      if (!next) await kube.delete(ENDPOINT_SLICES, slice.metadata.name, { namespace });
      else {
        wanted.delete(slice.metadata.name);
        const isSame = jsonEqual(slice.endpoints ?? [], next.endpoints) && jsonEqual(slice.metadata.labels, next.metadata.labels);
        if (!isSame) {
          const { endpoints = [], ports = [] } = next;
          await kube.update(ENDPOINT_SLICES, {
            ...slice,
            metadata: { ...slice.metadata, labels: next.metadata.labels ?? {} },
            endpoints,
            ports,
          });
        }
      }
    }
    for (const slice of wanted.values()) await kube.create(ENDPOINT_SLICES, slice);
  };

  const { controller, loop } = createWorkloadLoop({
    name: "endpoints",
    log,
    objects: services,
    informers,
    reconcile: async (service) => {
      const { selector, type } = service.spec;
      // Without a selector the endpoints are somebody else's affair.
      if (service.metadata.deletionTimestamp !== undefined || !selector || Object.keys(selector).length === 0 || type === "ExternalName")
        return;
      const members = pods.inNamespace(service.metadata.namespace ?? "").filter(({ metadata }) => matchesLabels(metadata.labels, selector));
      const groups = groupEndpoints(service, members);
      await publishEndpoints(service, groups);
      await publishSlices(service, groups);
    },
  });
  pods.subscribe((change) => {
    const before = change.type === "upsert" ? change.previous?.metadata.labels : undefined;
    for (const service of services.inNamespace(change.object.metadata.namespace ?? "")) {
      const { selector } = service.spec;
      if (!selector || Object.keys(selector).length === 0) continue;
      if (matchesLabels(change.object.metadata.labels, selector) || (before && matchesLabels(before, selector)))
        controller.enqueue(keyOf(service));
    }
  });
  return loop;
}
