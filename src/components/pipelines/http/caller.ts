/** Who calls and what they may do. Follows backend/src/apiserver/auth and resource_manager's authorization, texts included. */
import { SUBJECT_ACCESS_REVIEWS, TOKEN_REVIEWS, type SubjectAccessReview, type TokenReview } from "../../../api/index.ts";
import type { KubeClient } from "../../../kit/index.ts";
import { messageOf, SkiffError } from "../../../lib/errors.ts";

export const PIPELINES_GROUP = "pipelines.kubeflow.org";
/** Audience of the tokens that the API accepts as bearers. */
const TOKEN_AUDIENCE = "pipelines.kubeflow.org";

interface Caller {
  readonly user: string;
  readonly groups: readonly string[];
}

interface Action {
  readonly namespace: string;
  readonly verb: string;
  readonly resource: string;
}

export interface CallerChecks {
  /** Throws Unauthorized. */
  authenticate(request: Request): Promise<Caller>;
  /** Throws Forbidden. */
  authorize(caller: Caller, action: Action): Promise<void>;
}

const NO_IDENTITY = "Request header error: there is no user identity header.";

/** Upstream's chain for a request without any identity. */
export function noIdentity(): SkiffError {
  return new SkiffError(
    "Unauthorized",
    `Failed to authorize with API: Unauthenticated: Failed to check authorization. User identity is empty in the request header: Unauthenticated: ${NO_IDENTITY}: ${NO_IDENTITY}`,
    { remedy: "Sign in, or send a ServiceAccount token with audience pipelines.kubeflow.org as a bearer." },
  );
}

// A person who loses a permission keeps it here for so long at most.
const CACHE_MS = 2000;
const CACHE_SIZE = 5000;

/** Creates the checks on `kube`, whose identity must be allowed to create TokenReviews and SubjectAccessReviews. */
export function createCallerChecks(kube: KubeClient, now: () => Date): CallerChecks {
  const allowed = new Map<string, number>();

  const review = async (token: string): Promise<Caller> => {
    const unauthenticated = (why: string): SkiffError =>
      new SkiffError(
        "Unauthorized",
        `Failed to authorize with API: Unauthenticated: Authentication failure: ${why}: Request header error: Failed to review the token provided`,
      );
    let answer: TokenReview;
    try {
      answer = await kube.create<TokenReview>(TOKEN_REVIEWS, {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        metadata: { name: "" },
        spec: { token, audiences: [TOKEN_AUDIENCE] },
      });
    } catch (cause) {
      throw new SkiffError("ServiceUnavailable", "Failed to authenticate token review", { cause });
    }
    const { status = {} } = answer;
    if (status.authenticated !== true) throw unauthenticated(`Review.Status.Authenticated is false. Error ${status.error ?? ""}`);
    if (status.audiences?.includes(TOKEN_AUDIENCE) !== true) {
      throw unauthenticated(`Failed to find all of '[${TOKEN_AUDIENCE}]' in audience: [${(status.audiences ?? []).join(" ")}]`);
    }
    if (!status.user?.username) throw noIdentity();
    return { user: status.user.username, groups: status.user.groups };
  };

  return {
    authenticate: async (request) => {
      const user = request.headers.get("kubeflow-userid");
      if (user !== null && user !== "") {
        const groups = (request.headers.get("kubeflow-groups") ?? "").split(",").map((group) => group.trim());
        return { user, groups: groups.filter((group) => group !== "") };
      }
      const [scheme = "", token = ""] = (request.headers.get("authorization") ?? "").split(" ");
      if (scheme.toLowerCase() !== "bearer" || token === "") throw noIdentity();
      return review(token);
    },
    authorize: async ({ user, groups }, { namespace, verb, resource }) => {
      const key = JSON.stringify([user, groups, namespace, verb, resource]);
      const time = now().getTime();
      if ((allowed.get(key) ?? 0) > time) return;
      const text = `(request: &ResourceAttributes{Namespace:${namespace},Verb:${verb},Group:${PIPELINES_GROUP},Version:v1beta1,Resource:${resource},Subresource:,Name:,})`;
      let answer: SubjectAccessReview;
      try {
        answer = await kube.create<SubjectAccessReview>(SUBJECT_ACCESS_REVIEWS, {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          metadata: { name: "" },
          spec: {
            user,
            groups: [...groups],
            resourceAttributes: { namespace, verb, group: PIPELINES_GROUP, version: "v1beta1", resource },
          },
        });
      } catch (cause) {
        throw new SkiffError(
          "ServiceUnavailable",
          `Failed to create SubjectAccessReview for user '${user}' ${text} - try again later: ${messageOf(cause)}`,
          { cause },
        );
      }
      if (answer.status?.allowed !== true) {
        throw new SkiffError(
          "Forbidden",
          `Failed to authorize with API: PermissionDenied: User '${user}' is not authorized with reason: ${answer.status?.reason ?? ""} ${text}: Unauthorized access`,
          {
            remedy: `Ask the owner of the namespace ${namespace} to add you as a contributor.`,
          },
        );
      }
      if (allowed.size >= CACHE_SIZE) allowed.clear();
      allowed.set(key, time + CACHE_MS);
    },
  };
}
