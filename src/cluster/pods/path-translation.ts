/**
 * Without a sandbox a pod's mount paths do not exist. This replaces them in command, arguments and env values by the host
 * folders behind them, wherever a mount path stands as a path of its own (also inside JSON or shell text).
 */
import type { Mount } from "./mount-plan.ts";

const AFTER = new Set(["/", '"', "'", "`", "\\", ",", ";", ":", ")", "]", "}", "&", "|", "<", ">", " ", "\t", "\n", "\r"]);

/** True when a path can begin after `char`: it does not continue a longer path or word. */
function canPrecede(char: string | undefined): boolean {
  if (char === undefined) return true;
  const wordLike = (char >= "a" && char <= "z") || (char >= "A" && char <= "Z") || (char >= "0" && char <= "9");
  return !wordLike && !["/", ".", "_", "-", "~"].includes(char);
}

/** `text` with every mount path replaced; the longest mount path wins. */
export function translatePaths(text: string, mounts: readonly Mount[]): string {
  const byLength = [...mounts].sort((a, b) => b.mountPath.length - a.mountPath.length);
  let out = "";
  let i = 0;
  while (i < text.length) {
    const mount =
      text[i] === "/" && canPrecede(text[i - 1])
        ? byLength.find(({ mountPath }) => {
            const after = text[i + mountPath.length];
            return text.startsWith(mountPath, i) && (after === undefined || AFTER.has(after));
          })
        : undefined;
    if (mount) {
      out += mount.hostPath;
      i += mount.mountPath.length;
    } else {
      out += text.charAt(i);
      i++;
    }
  }
  return out;
}
