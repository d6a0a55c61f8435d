/** Image references, taken apart as in distribution/reference: [registry/]repository[:tag][@digest]. */

export interface ImageReference {
  /** Registry host; "docker.io" when the reference names none. */
  readonly registry: string;
  /** Path without the registry; "library/python" for "python". */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Takes a reference apart. Never throws: text that is no reference yields a repository that matches nothing. */
export function parseImageReference(image: string): ImageReference {
  const at = image.indexOf("@");
  const digest = at < 0 ? undefined : image.slice(at + 1);
  const named = at < 0 ? image : image.slice(0, at);
  const slash = named.indexOf("/");
  const first = slash < 0 ? "" : named.slice(0, slash);
  // A first part is a registry exactly when it has a dot, a port, or is "localhost".
  const hasRegistry = first.includes(".") || first.includes(":") || first === "localhost";
  const path = hasRegistry ? named.slice(slash + 1) : named;
  const colon = path.lastIndexOf(":");
  const tag = colon > path.lastIndexOf("/") ? path.slice(colon + 1) : undefined;
  const bare = tag === undefined ? path : path.slice(0, colon);
  const registry = hasRegistry && first !== "index.docker.io" ? first : "docker.io";
  return { registry, repository: registry === "docker.io" && !bare.includes("/") ? `library/${bare}` : bare, tag, digest };
}
