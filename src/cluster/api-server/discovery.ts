/** Discovery: which groups, versions and resources are served, in the plain and the aggregated form. */
import {
  apiVersionOf,
  BINDINGS,
  LOCAL_SUBJECT_ACCESS_REVIEWS,
  SELF_SUBJECT_ACCESS_REVIEWS,
  SELF_SUBJECT_REVIEWS,
  SELF_SUBJECT_RULES_REVIEWS,
  SUBJECT_ACCESS_REVIEWS,
  TOKEN_REVIEWS,
} from "../../api/index.ts";
import type { ResourceRegistry, ServedResource } from "./resources.ts";

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** Kinds that are answered, never stored. */
const VIRTUAL: readonly ServedResource[] = [
  BINDINGS,
  SELF_SUBJECT_REVIEWS,
  TOKEN_REVIEWS,
  LOCAL_SUBJECT_ACCESS_REVIEWS,
  SELF_SUBJECT_ACCESS_REVIEWS,
  SELF_SUBJECT_RULES_REVIEWS,
  SUBJECT_ACCESS_REVIEWS,
].map((definition) => ({ ...definition, custom: false }));

const SUBRESOURCE_VERBS: Readonly<Record<string, readonly string[]>> = {
  status: ["get", "patch", "update"],
  scale: ["get", "patch", "update"],
  log: ["get"],
  token: ["create"],
  binding: ["create"],
  eviction: ["create"],
  finalize: ["update"],
};
const SUBRESOURCE_KINDS: Readonly<Record<string, { group: string; version: string; kind: string }>> = {
  token: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" },
  scale: { group: "autoscaling", version: "v1", kind: "Scale" },
  binding: { group: "", version: "v1", kind: "Binding" },
  eviction: { group: "policy", version: "v1", kind: "Eviction" },
};

interface Group {
  readonly name: string;
  readonly versions: Map<string, ServedResource[]>;
}

function groupsOf(registry: ResourceRegistry): Group[] {
  const groups = new Map<string, Group>();
  for (const resource of [...registry.all(), ...VIRTUAL]) {
    const group = groups.get(resource.group) ?? { name: resource.group, versions: new Map<string, ServedResource[]>() };
    groups.set(resource.group, group);
    group.versions.set(resource.version, [...(group.versions.get(resource.version) ?? []), resource]);
  }
  return [...groups.values()];
}

function verbsOf(resource: ServedResource): string[] {
  if (VIRTUAL.includes(resource)) return ["create"];
  return resource.kind === "Namespace" && resource.group === "" ? VERBS.filter((verb) => verb !== "deletecollection") : VERBS;
}

function plainGroup({ name, versions }: Group): Record<string, unknown> {
  const list = [...versions.keys()].map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: list, preferredVersion: list[0] };
}

function plainResources(resources: readonly ServedResource[]): unknown[] {
  return resources.flatMap((resource) => {
    const { plural, singular, namespaced, kind, shortNames, categories } = resource;
    const main = { name: plural, singularName: singular, namespaced, kind, verbs: verbsOf(resource), shortNames, categories };
    const subs = (resource.subresources ?? []).map((sub) => ({
      name: `${plural}/${sub}`,
      singularName: "",
      namespaced,
      ...(SUBRESOURCE_KINDS[sub] ?? { kind }),
      verbs: SUBRESOURCE_VERBS[sub] ?? ["get"],
    }));
    return [main, ...subs];
  });
}

function aggregatedVersion(version: string, resources: readonly ServedResource[]): unknown {
  return {
    version,
    freshness: "Current",
    resources: resources.map((resource) => ({
      resource: resource.plural,
      responseKind: { group: resource.group, version: resource.version, kind: resource.kind },
      scope: resource.namespaced ? "Namespaced" : "Cluster",
      singularResource: resource.singular,
      verbs: verbsOf(resource),
      shortNames: resource.shortNames ?? [],
      categories: resource.categories ?? [],
      subresources: (resource.subresources ?? []).map((sub) => ({
        subresource: sub,
        responseKind: SUBRESOURCE_KINDS[sub] ?? { group: resource.group, version: resource.version, kind: resource.kind },
        verbs: SUBRESOURCE_VERBS[sub] ?? ["get"],
      })),
    })),
  };
}

/** The aggregated form's `v=` when the Accept header asks for it. */
function aggregatedFormat(accept: string | null): "v2" | "v2beta1" | undefined {
  if (!accept?.includes("as=APIGroupDiscoveryList")) return undefined;
  return accept.includes("v=v2;") ? "v2" : "v2beta1";
}

/** Answers `/api`, `/apis` and what lies below them; undefined for other paths. */
export function answerDiscovery(registry: ResourceRegistry, path: string, accept: string | null): Response | undefined {
  const groups = groupsOf(registry);
  const [root, group, version, ...rest] = path.split("/").filter((part) => part !== "");
  if ((root !== "api" && root !== "apis") || rest.length > 0) return undefined;
  const core = root === "api";
  if (group === undefined) {
    const format = aggregatedFormat(accept);
    const chosen = groups.filter(({ name }) => (name === "") === core);
    if (format) {
      const type = `application/json;g=apidiscovery.k8s.io;v=${format};as=APIGroupDiscoveryList`;
      const items = chosen.map(({ name, versions }) => ({
        metadata: { name, creationTimestamp: null },
        versions: [...versions].map(([name, resources]) => aggregatedVersion(name, resources)),
      }));
      const body = { kind: "APIGroupDiscoveryList", apiVersion: `apidiscovery.k8s.io/${format}`, metadata: {}, items };
      return new Response(JSON.stringify(body), { headers: { "content-type": type, vary: "Accept" } });
    }
    return core
      ? Response.json({ kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] })
      : Response.json({ kind: "APIGroupList", apiVersion: "v1", groups: chosen.map(plainGroup) });
  }
  if (!core && version === undefined) {
    const found = groups.find(({ name }) => name === group);
    return found && Response.json({ kind: "APIGroup", apiVersion: "v1", ...plainGroup(found) });
  }
  if (core && version !== undefined) return undefined;
  const resources = core
    ? groups.find(({ name }) => name === "")?.versions.get(group)
    : groups.find(({ name }) => name === group)?.versions.get(version ?? "");
  if (!resources?.[0]) return undefined;
  return Response.json({
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: apiVersionOf(resources[0]),
    resources: plainResources(resources),
  });
}
