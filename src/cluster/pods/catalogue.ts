/** The image catalogue: which local runner stands for an image. In order: builtin, python, host; everything else is refused. */
import type { Builtin } from "../../kit/component.ts";
import { parseImageReference } from "./image-reference.ts";

export type Runner =
  | { readonly kind: "builtin"; readonly program: Builtin }
  | { readonly kind: "python"; /** "3.12" when the tag names a version. */ readonly version: string | undefined }
  | { readonly kind: "host" }
  | { readonly kind: "refused"; readonly message: string };

const HOST_IMAGES = new Set(["library/alpine", "library/bash", "library/busybox", "library/debian", "library/ubuntu", "curlimages/curl"]);

/** "3.11" of "3.11.4-slim-bookworm"; undefined for "latest", "3", "slim". */
function pythonVersionOf(tag: string | undefined): string | undefined {
  const [major = "", minor = ""] = (tag ?? "").split("-")[0]?.split(".") ?? [];
  return major === "3" && Number.isInteger(Number.parseInt(minor, 10)) ? `3.${Number.parseInt(minor, 10)}` : undefined;
}

/** Looks an image up. A refusal carries the message for the container's status and event, remedy included. */
export function findRunner(image: string, builtins: Readonly<Record<string, Builtin>>): Runner {
  const program = Object.hasOwn(builtins, image) ? builtins[image] : undefined;
  if (program) return { kind: "builtin", program };
  const { registry, repository, tag } = parseImageReference(image);
  if (registry === "docker.io") {
    if (repository === "library/python" && !tag?.startsWith("2")) return { kind: "python", version: pythonVersionOf(tag) };
    if (HOST_IMAGES.has(repository)) return { kind: "host" };
  }
  return {
    kind: "refused",
    message:
      `Container image "${image}" has no local runtime: Skiff runs pods as processes of this machine and pulls no images. ` +
      "Use python:3.x for Python code (packages are installed with pip), or alpine, bash, busybox, debian, ubuntu or " +
      "curlimages/curl for programs that are installed on this machine.",
  };
}

/**
 * The command line of a container, as container engines join entrypoint, command and arguments. None of these images has
 * an entrypoint, so arguments alone replace the default command; curl's entrypoint puts `curl` in front.
 */
export function commandLineOf(runner: Runner, image: string, command: readonly string[], args: readonly string[]): string[] {
  if (command.length > 0) return [...command, ...args];
  if (parseImageReference(image).repository === "curlimages/curl")
    return args[0] === "curl" || args[0] === "sh" ? [...args] : ["curl", ...args];
  if (args.length > 0) return [...args];
  return [runner.kind === "python" ? "python3" : "sh"];
}
