/** Kinds that are answered, never stored: token requests and reviews, access reviews. */
import {
  SERVICE_ACCOUNTS,
  PODS,
  type Pod,
  type SelfSubjectRulesReview,
  type ServiceAccount,
  type Status,
  type SubjectAccessReview,
  type TokenRequest,
  type TokenReview,
  type UserInfo,
} from "../../api/index.ts";
import { messageOf, SkiffError } from "../../lib/errors.ts";
import { SERVICE_ACCOUNT_ISSUER, type Decision } from "../auth/index.ts";
import { readObject } from "./body.ts";
import type { ApiServerParts, Call } from "./call.ts";
import { bindPod, type Binding } from "./pod-actions.ts";
import { getObject } from "./read.ts";
import type { RequestInfo } from "./request-info.ts";
import { storageKey, fromStored } from "./resources.ts";
import { toTime } from "../../lib/time.ts";

const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;

/** POST serviceaccounts/x/token. */
export async function createToken(call: Call): Promise<TokenRequest> {
  const { parts, target } = call;
  const body = (await readObject(call.request)) as unknown as TokenRequest;
  const account = getObject<ServiceAccount>(call);
  const { audiences = [], expirationSeconds = 3600, boundObjectRef } = body.spec ?? {};
  const invalid = (field: string, value: unknown, message: string): SkiffError =>
    new SkiffError(
      "Invalid",
      `TokenRequest.authentication.k8s.io "" is invalid: spec.${field}: Invalid value: ${JSON.stringify(value)}: ${message}`,
    );
  if (expirationSeconds < MIN_TOKEN_SECONDS)
    throw invalid("expirationSeconds", expirationSeconds, "may not specify a duration less than 10 minutes");
  if (expirationSeconds > MAX_TOKEN_SECONDS)
    throw invalid("expirationSeconds", expirationSeconds, "may not specify a duration larger than 2^32 seconds");
  let pod: { name: string; uid: string } | undefined;
  if (boundObjectRef) {
    if (boundObjectRef.kind !== "Pod")
      throw invalid("boundObjectRef.kind", boundObjectRef.kind, "cannot bind token for serviceaccount to this kind, only Pod");
    const stored = parts.store.get(storageKey(PODS, target.namespace, boundObjectRef.name ?? ""));
    if (!stored) throw new SkiffError("NotFound", `pods "${boundObjectRef.name}" not found`);
    const { metadata } = fromStored<Pod>(PODS, stored.value, stored.revision);
    if (boundObjectRef.uid && boundObjectRef.uid !== metadata.uid) {
      throw new SkiffError(
        "Conflict",
        `the UID in the bound object reference (${boundObjectRef.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      );
    }
    pod = { name: metadata.name, uid: metadata.uid ?? "" };
  }
  const subject = {
    namespace: target.namespace ?? "",
    name: account.metadata.name,
    uid: account.metadata.uid ?? "",
    ...(pod ? { pod } : {}),
  };
  const { token, expires } = await parts.tokens.issue(subject, audiences, expirationSeconds);
  return {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: {
      name: account.metadata.name,
      namespace: subject.namespace,
      creationTimestamp: toTime(),
    },
    spec: { ...body.spec, audiences: audiences.length > 0 ? audiences : [SERVICE_ACCOUNT_ISSUER], expirationSeconds },
    status: { token, expirationTimestamp: toTime(expires.getTime()) },
  };
}

async function reviewToken(parts: ApiServerParts, request: Request): Promise<TokenReview> {
  const body = (await readObject(request)) as unknown as Partial<TokenReview>;
  const token = body.spec?.token ?? "";
  const audiences = body.spec?.audiences ?? [];
  if (token === "") throw new SkiffError("BadRequest", "token is required for TokenReview in authentication");
  const answer = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    metadata: body.metadata ?? {},
    // Echoed as upstream does: the newest Python client insists on it.
    spec: { token, ...(audiences.length > 0 ? { audiences } : {}) },
  } as TokenReview;
  try {
    const verified = await parts.tokens.verify(token, audiences);
    answer.status = { authenticated: true, user: verified.user, audiences: verified.audiences };
  } catch (error) {
    answer.status = { authenticated: false, user: { username: "", groups: [] }, error: messageOf(error) };
  }
  return answer;
}

function decide(parts: ApiServerParts, user: UserInfo, spec: SubjectAccessReview["spec"]): Decision {
  if (spec.resourceAttributes) return parts.authorizer.resource(user, spec.resourceAttributes);
  if (spec.nonResourceAttributes) return parts.authorizer.path(user, spec.nonResourceAttributes.verb, spec.nonResourceAttributes.path);
  throw new SkiffError("Invalid", "exactly one of nonResourceAttributes or resourceAttributes must be specified");
}

async function reviewAccess(parts: ApiServerParts, request: Request, self: UserInfo | undefined): Promise<SubjectAccessReview> {
  const body = (await readObject(request)) as unknown as SubjectAccessReview;
  return answerAccess(parts, body, self, self ? "SelfSubjectAccessReview" : "SubjectAccessReview");
}

function answerAccess(parts: ApiServerParts, body: SubjectAccessReview, self: UserInfo | undefined, kind: string): SubjectAccessReview {
  const spec = body.spec ?? {};
  const user = self ?? { username: spec.user ?? "", groups: [...(spec.groups ?? []), "system:authenticated"] };
  if (!self && user.username === "" && (spec.groups ?? []).length === 0) {
    throw new SkiffError("Invalid", 'spec.user: Invalid value: "": at least one of user or group must be specified');
  }
  const { allowed, reason } = decide(parts, withAccountGroups(user), spec);
  const apiVersion = "authorization.k8s.io/v1";
  return {
    ...body,
    apiVersion,
    kind,
    metadata: body.metadata ?? { name: "" },
    spec,
    status: { allowed, ...(reason === "" ? {} : { reason }) },
  };
}

/** A review that names a ServiceAccount means its groups too (upstream callers send them; KFP's server does not). */
function withAccountGroups(user: UserInfo): UserInfo {
  const [system, kind, namespace, name] = user.username.split(":");
  if (system !== "system" || kind !== "serviceaccount" || !namespace || !name) return user;
  return { ...user, groups: [...new Set([...user.groups, "system:serviceaccounts", `system:serviceaccounts:${namespace}`])] };
}

/** POST localsubjectaccessreviews: like the other, bound to the namespace of its path. */
async function reviewLocalAccess(parts: ApiServerParts, request: Request, namespace: string | undefined): Promise<SubjectAccessReview> {
  const body = (await readObject(request)) as unknown as SubjectAccessReview;
  const spec = body.spec ?? {};
  if (spec.resourceAttributes?.namespace !== namespace) {
    throw new SkiffError(
      "Invalid",
      `LocalSubjectAccessReview.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: ${JSON.stringify(spec.resourceAttributes?.namespace ?? "")}: must match metadata.namespace: ${namespace}`,
    );
  }
  return answerAccess(parts, body, undefined, "LocalSubjectAccessReview");
}

/** Everything that the user may do in a namespace, as `kubectl auth can-i --list` prints it. */
async function reviewRules(parts: ApiServerParts, request: Request, user: UserInfo): Promise<SelfSubjectRulesReview> {
  const body = (await readObject(request)) as unknown as SelfSubjectRulesReview;
  const namespace = body.spec?.namespace ?? "";
  if (namespace === "") throw new SkiffError("BadRequest", "no namespace on request");
  const rules = parts.authorizer.rulesOf(user, namespace);
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectRulesReview",
    metadata: body.metadata ?? { name: "" },
    spec: body.spec,
    status: {
      resourceRules: rules.filter(({ resources }) => resources?.length),
      nonResourceRules: rules.flatMap(({ verbs, nonResourceURLs }) => (nonResourceURLs?.length ? [{ verbs, nonResourceURLs }] : [])),
      incomplete: false,
    },
  };
}

/** POST bindings: the pod is named in the body instead of the path. */
async function bindByBody(parts: ApiServerParts, request: Request, { namespace }: ReviewTarget): Promise<Status> {
  const body = (await readObject(request)) as unknown as Binding;
  return bindPod(parts, namespace, body.metadata?.name, body);
}

type ReviewTarget = NonNullable<RequestInfo["resource"]>;

/** Answers a POST of a virtual kind; undefined when the target is none. */
export async function answerReview(parts: ApiServerParts, target: ReviewTarget, request: Request, user: UserInfo): Promise<unknown> {
  if (target.version !== "v1") return undefined;
  switch (`${target.group}/${target.plural}`) {
    case "/bindings":
      return bindByBody(parts, request, target);
    case "authentication.k8s.io/tokenreviews":
      return reviewToken(parts, request);
    case "authentication.k8s.io/selfsubjectreviews":
      return { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", metadata: {}, status: { userInfo: user } };
    case "authorization.k8s.io/subjectaccessreviews":
      return reviewAccess(parts, request, undefined);
    case "authorization.k8s.io/localsubjectaccessreviews":
      return reviewLocalAccess(parts, request, target.namespace);
    case "authorization.k8s.io/selfsubjectaccessreviews":
      return reviewAccess(parts, request, user);
    case "authorization.k8s.io/selfsubjectrulesreviews":
      return reviewRules(parts, request, user);
    default:
      return undefined;
  }
}

/** The accounts reader of the token authority, on the store. */
export function createAccountReader(store: ApiServerParts["store"]) {
  return {
    uidOf: (kind: "ServiceAccount" | "Pod", namespace: string, name: string): string | undefined => {
      const definition = kind === "Pod" ? PODS : SERVICE_ACCOUNTS;
      const stored = store.get(storageKey(definition, namespace, name));
      return stored && (JSON.parse(stored.value) as ServiceAccount).metadata.uid;
    },
  };
}
