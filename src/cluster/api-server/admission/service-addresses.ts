/** Services get an address and node ports that no other Service has. Follows pkg/registry/core/service. */
import { SERVICES, type Service } from "../../../api/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import { isResource, listStored, type Admission, type AdmissionRequest } from "./admission.ts";

/** kubeadm's default service network. Nothing routes it: names lead to listeners inside the pods. */
const NETWORK = { first: toNumber("10.96.0.0"), size: 2 ** 20, text: "10.96.0.0/12" };
const NODE_PORTS = { first: 30_000, last: 32_767 };
/** The addresses behind the first block are handed out, so that fixed low ones stay free for those who ask for them. */
const FIRST_DYNAMIC = 256;

function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

function invalid({ object }: AdmissionRequest, fault: string): SkiffError {
  return new SkiffError("Invalid", `Service "${object.metadata.name}" is invalid: ${fault}`, {
    details: { name: object.metadata.name, kind: "Service", causes: [{ reason: "FieldValueInvalid", message: fault }] },
  });
}

function takeAddress(request: AdmissionRequest, wanted: string | undefined, taken: ReadonlySet<string>): string {
  const refuse = (why: string): SkiffError =>
    invalid(request, `spec.clusterIPs: Invalid value: ["${wanted}"]: failed to allocate IP ${wanted}: ${why}`);
  if (wanted) {
    if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(wanted)) {
      throw invalid(
        request,
        `spec.clusterIPs[0]: Invalid value: "${wanted}": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)`,
      );
    }
    const offset = toNumber(wanted) - NETWORK.first;
    if (offset <= 0 || offset >= NETWORK.size - 1) {
      throw refuse(`the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${NETWORK.text}`);
    }
    if (taken.has(wanted)) throw refuse("provided IP is already allocated");
    return wanted;
  }
  // Spread by the object's own uid: the same store always makes the same choice.
  const spread = Number.parseInt((request.object.metadata.uid ?? "0").replaceAll("-", "").slice(0, 8), 16);
  const room = NETWORK.size - FIRST_DYNAMIC - 1;
  for (let step = 0; step < room; step++) {
    const address = toAddress(NETWORK.first + FIRST_DYNAMIC + ((spread + step) % room));
    if (!taken.has(address)) return address;
  }
  throw new SkiffError("InternalError", "failed to allocate a serviceIP: range is full");
}

function takeNodePorts(request: AdmissionRequest, service: Service, taken: Set<number>): void {
  for (const [index, port] of (service.spec.ports ?? []).entries()) {
    if (port.nodePort) {
      const fault = (why: string): SkiffError => invalid(request, `spec.ports[${index}].nodePort: Invalid value: ${port.nodePort}: ${why}`);
      if (port.nodePort < NODE_PORTS.first || port.nodePort > NODE_PORTS.last) {
        throw fault(`provided port is not in the valid range. The range of valid ports is ${NODE_PORTS.first}-${NODE_PORTS.last}`);
      }
      if (taken.has(port.nodePort)) throw fault("provided port is already allocated");
    } else {
      let free = NODE_PORTS.first;
      while (taken.has(free)) free++;
      if (free > NODE_PORTS.last) throw new SkiffError("InternalError", "failed to allocate a nodePort: range is full");
      port.nodePort = free;
    }
    taken.add(port.nodePort);
  }
}

/** An update that leaves allocated values out keeps them (patchAllocatedValues). */
function keepAllocated(request: AdmissionRequest, service: Service, previous: Service): void {
  const before = previous.spec;
  const { spec } = service;
  if (spec.type === "ExternalName" || before.type === "ExternalName") return;
  spec.clusterIP ||= before.clusterIP ?? "";
  if (!spec.clusterIPs?.length) spec.clusterIPs = before.clusterIPs ?? [];
  if (before.clusterIP && spec.clusterIP !== before.clusterIP) {
    throw invalid(request, `spec.clusterIPs[0]: Invalid value: ["${spec.clusterIP}"]: may not change once set`);
  }
  if (!usesNodePorts(service) || !usesNodePorts(previous)) return;
  for (const port of spec.ports ?? []) {
    const same = before.ports?.find((one) => one.port === port.port && one.protocol === port.protocol);
    if (!port.nodePort && same?.nodePort) port.nodePort = same.nodePort;
  }
}

function usesNodePorts({ spec }: Service): boolean {
  return spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
}

export const serviceAddresses: Admission = {
  name: "ServiceAddresses",
  admit: (request) => {
    if (!isResource(request.resource, "services")) return;
    const service = request.object as Service;
    const { spec } = service;
    if (request.previous) keepAllocated(request, service, request.previous as Service);
    const others = (): Service[] =>
      listStored(request.transaction, SERVICES).filter(({ metadata }) => metadata.uid !== service.metadata.uid);
    if (spec.type === "ExternalName") {
      for (const field of ["clusterIP", "clusterIPs", "internalTrafficPolicy", "ipFamilies", "ipFamilyPolicy"] as const) delete spec[field];
    } else if (spec.clusterIP === "None") {
      spec.clusterIPs = ["None"];
    } else if (!request.previous || !(request.previous as Service).spec.clusterIP) {
      const taken = new Set(others().flatMap((other) => other.spec.clusterIPs ?? []));
      spec.clusterIP = takeAddress(request, spec.clusterIP || spec.clusterIPs?.[0], taken);
      spec.clusterIPs = [spec.clusterIP];
    }
    if (usesNodePorts(service)) {
      const taken = new Set(others().flatMap((other) => (other.spec.ports ?? []).flatMap(({ nodePort }) => nodePort ?? [])));
      takeNodePorts(request, service, taken);
    } else {
      for (const port of spec.ports ?? []) delete port.nodePort;
    }
  },
};
