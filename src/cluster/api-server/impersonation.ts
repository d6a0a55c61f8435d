/** Impersonation headers: allowed or refused, never ignored. Follows apiserver's filters/impersonation. */
import type { ResourceAttributes, UserInfo } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import type { Authorizer } from "../auth/index.ts";

const EXTRA_PREFIX = "impersonate-extra-";
const AUTHENTICATION = "authentication.k8s.io";

type Wanted = Pick<ResourceAttributes, "group" | "resource" | "subresource" | "name" | "namespace">;

function refuse(user: UserInfo, { group = "", resource, subresource, name, namespace }: Wanted): SkiffError {
  const subject = group === "" ? resource : `${resource}.${group}`;
  const plural = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  return new SkiffError(
    "Forbidden",
    `${subject} "${name}" is forbidden: User "${user.username}" cannot impersonate resource "${plural}" in API group "${group}" ${where}`,
    { details: { name, group, kind: resource } },
  );
}

function readExtra(headers: Headers): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const [name, value] of headers) {
    if (!name.startsWith(EXTRA_PREFIX)) continue;
    let key: string;
    try {
      key = decodeURIComponent(name.slice(EXTRA_PREFIX.length));
    } catch {
      throw new SkiffError("BadRequest", `invalid impersonation header ${name}`);
    }
    Object.defineProperty(extra, key, { value: value.split(",").map((one) => one.trim()), enumerable: true });
  }
  return extra;
}

/** The user on whose behalf the request is made: `user`, or whom its headers name. Throws Forbidden and BadRequest. */
export function impersonate(authorizer: Authorizer, request: Request, user: UserInfo): UserInfo {
  const { headers } = request;
  const name = headers.get("impersonate-user");
  const uid = headers.get("impersonate-uid");
  const asked = (headers.get("impersonate-group") ?? "")
    .split(",")
    .map((group) => group.trim())
    .filter((group) => group !== "");
  const extra = readExtra(headers);
  if (name === null || name === "") {
    if (asked.length === 0 && uid === null && Object.keys(extra).length === 0) return user;
    throw new SkiffError("BadRequest", "requested impersonation of a group, uid or extra without impersonating a user");
  }
  const [, , namespace = "", account = ""] = name.split(":");
  const isAccount = name.startsWith("system:serviceaccount:") && namespace !== "" && account !== "";
  const wanted: Wanted[] = [
    isAccount ? { resource: "serviceaccounts", name: account, namespace } : { resource: "users", name },
    ...asked.map((group) => ({ resource: "groups", name: group })),
    ...(uid === null ? [] : [{ group: AUTHENTICATION, resource: "uids", name: uid }]),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ({ group: AUTHENTICATION, resource: "userextras", subresource: key, name: value })),
    ),
  ];
  for (const one of wanted) {
    if (!authorizer.resource(user, { verb: "impersonate", group: "", ...one }).allowed) throw refuse(user, one);
  }
  const groups = isAccount && asked.length === 0 ? ["system:serviceaccounts", `system:serviceaccounts:${namespace}`] : asked;
  const everybody =
    name === "system:anonymous" || groups.includes("system:unauthenticated") ? "system:unauthenticated" : "system:authenticated";
  return {
    username: name,
    groups: [...new Set([...groups, everybody])],
    ...(uid === null ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}
