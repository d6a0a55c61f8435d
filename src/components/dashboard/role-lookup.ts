/** Which namespaces belong to whom, from Profiles and the role bindings that the profile controller and KFAM annotate. */
import { SUBJECT_ACCESS_REVIEWS, type Profile, type RoleBinding, type SubjectAccessReview } from "../../api/index.ts";
import type { Informer, KubeClient } from "../../kit/index.ts";
import { SkiffError } from "../../lib/errors.ts";

export type NamespaceRole = "owner" | "contributor" | "viewer";

export interface Membership {
  readonly namespace: string;
  readonly role: NamespaceRole;
  readonly user: string;
}

export interface Caller {
  readonly user: string;
  readonly groups: readonly string[];
}

export interface RoleLookup {
  /** The caller's namespaces: owned ones first, then by name. Throws ServiceUnavailable while the caches fill. */
  membershipsOf(user: string): Promise<Membership[]>;
  /** True when the caller may do everything everywhere. */
  isClusterAdmin(caller: Caller): Promise<boolean>;
}

export interface RoleLookupOptions {
  readonly kube: KubeClient;
  readonly profiles: Informer<Profile>;
  readonly roleBindings: Informer<RoleBinding>;
  readonly now?: () => number;
  /** How long a request waits for the caches after a start, in milliseconds. */
  readonly patienceMs?: number;
}

/** KFAM's words → the dashboard's (kubeflow/dashboard: api_workgroup.ts roleMap). */
const ROLE_OF_ANNOTATION = new Map<string, NamespaceRole>([
  ["admin", "owner"],
  ["edit", "contributor"],
  ["view", "viewer"],
]);
const RANK: Record<NamespaceRole, number> = { owner: 0, contributor: 1, viewer: 2 };
const ADMIN_CACHE_MS = 10_000;
const ADMIN_CACHE_SIZE = 1_000;

/** Creates the lookup on two informers that somebody else runs. */
export function createRoleLookup({ kube, profiles, roleBindings, now = Date.now, patienceMs = 5_000 }: RoleLookupOptions): RoleLookup {
  const admins = new Map<string, { until: number; answer: Promise<boolean> }>();

  const ready = async (): Promise<void> => {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new SkiffError("ServiceUnavailable", "the list of namespaces is not loaded yet", { remedy: "Try again in a moment." })),
      patienceMs,
    );
    try {
      await Promise.race([Promise.all([profiles.synced, roleBindings.synced]), late]);
    } finally {
      clearTimeout(timer);
    }
  };

  const review = async ({ user, groups }: Caller): Promise<boolean> => {
    const answer = await kube.create<SubjectAccessReview>(SUBJECT_ACCESS_REVIEWS, {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      metadata: { name: "" },
      spec: { user, groups: [...groups], resourceAttributes: { verb: "*", group: "*", resource: "*" } },
    });
    return answer.status?.allowed === true;
  };

  return {
    membershipsOf: async (user) => {
      await ready();
      const best = new Map<string, NamespaceRole>();
      const add = (namespace: string, role: NamespaceRole): void => {
        const known = best.get(namespace);
        if (known === undefined || RANK[role] < RANK[known]) best.set(namespace, role);
      };
      for (const profile of profiles.list()) {
        if (profile.spec.owner.kind === "User" && profile.spec.owner.name === user) add(profile.metadata.name, "owner");
      }
      for (const { metadata } of roleBindings.list()) {
        const role = ROLE_OF_ANNOTATION.get(metadata.annotations?.["role"] ?? "");
        if (role && metadata.namespace && metadata.annotations?.["user"] === user) add(metadata.namespace, role);
      }
      return [...best]
        .map(([namespace, role]) => ({ namespace, role, user }))
        .sort((a, b) => RANK[a.role] - RANK[b.role] || a.namespace.localeCompare(b.namespace));
    },
    isClusterAdmin: (caller) => {
      const key = JSON.stringify([caller.user, ...caller.groups]);
      const known = admins.get(key);
      if (known && known.until > now()) return known.answer;
      if (admins.size >= ADMIN_CACHE_SIZE) admins.clear();
      const answer = review(caller);
      admins.set(key, { until: now() + ADMIN_CACHE_MS, answer });
      answer.catch(() => admins.delete(key));
      return answer;
    },
  };
}
