/** Which host folder appears where inside a container. Pure. */
import { posix } from "node:path";
import type { Container, Pod } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";

export interface Mount {
  readonly hostPath: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
}

export const SERVICE_ACCOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
/** Stands for the volume that Kubernetes' admission adds; no volume of a pod can have this name. */
export const SERVICE_ACCOUNT_VOLUME = "_service-account";

// A volume over one of these would put files of the user's choice where the sandbox loads programs and libraries
// from before it has dropped its privileges.
const CLOSED = ["/run/skiff", "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/dev", "/sys"];
const CLOSED_EXACTLY = new Set(["/", "/etc", "/run", "/var", "/var/run", "/var/lib"]);
// setpriv, still root, looks the uid up as a name first: whoever can answer that question could make itself root. These are
// the places where glibc's name services look.
const NAME_SERVICES = [
  ...["passwd", "group", "shadow", "gshadow", "nsswitch.conf", "host.conf", "resolv.conf", "ldap.conf", "nslcd.conf"].map(
    (name) => `/etc/${name}`,
  ),
  ...["nscd", "nslcd", "systemd", "dbus", "winbindd", "samba", "avahi-daemon"].flatMap((name) => [`/run/${name}`, `/var/run/${name}`]),
  ...["extrausers", "misc", "sss", "nss_db", "samba"].map((name) => `/var/lib/${name}`),
  "/var/db",
  "/etc/selinux",
  "/var/yp",
];
const LOADER = ["/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload"];

/** True when `path` is `folder` or lies in it. Both are normalized absolute paths. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

function normalizedMountPath(container: Container, mountPath: string): string {
  const absolute = posix.resolve("/", mountPath);
  if (
    mountPath.includes("\0") ||
    CLOSED_EXACTLY.has(absolute) ||
    [...CLOSED, ...LOADER, ...NAME_SERVICES].some((folder) => isWithin(absolute, folder))
  ) {
    throw new SkiffError("Invalid", `container "${container.name}": a volume cannot be mounted at ${mountPath} on this runtime`);
  }
  return absolute;
}

/** Path of a file inside a read-only volume. Throws Invalid for a path that leaves the volume. */
export function pathInVolume(root: string, path: string): string {
  const parts = path.split("/");
  if (path.startsWith("/") || path.includes("\0") || parts.includes("..") || parts.every((part) => part === "" || part === ".")) {
    throw new SkiffError("Invalid", `the path "${path}" must be relative, must name a file and must not contain '..'`);
  }
  return posix.join(root, ...parts);
}

/** The host path of the volume with this name. */
export type VolumeRoot = (name: string) => string;

/**
 * The mounts of a container, parents before children. Throws Invalid for paths the runtime cannot offer safely:
 * over system folders, or where the content of one volume could redirect the mount of another.
 */
export function planMounts(pod: Pod, container: Container, root: VolumeRoot, serviceAccount: boolean): Mount[] {
  const volumes = new Map((pod.spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const mounts: Mount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volume = volumes.get(mount.name);
    if (!volume) throw new SkiffError("Invalid", `container "${container.name}": volume "${mount.name}" not found`);
    const mountPath = normalizedMountPath(container, mount.mountPath);
    const writable = volume.emptyDir !== undefined;
    // A link inside a writable volume could lead out of it (CVE-2017-1002101).
    if (mount.subPath && writable) {
      throw new SkiffError("Invalid", `container "${container.name}": subPath of an emptyDir is not supported yet (mount ${mountPath})`);
    }
    const hostPath = mount.subPath ? pathInVolume(root(mount.name), mount.subPath) : root(mount.name);
    mounts.push({ hostPath, mountPath, readOnly: !writable || mount.readOnly === true });
  }
  if (serviceAccount && !mounts.some(({ mountPath }) => mountPath === SERVICE_ACCOUNT_PATH)) {
    mounts.push({ hostPath: root(SERVICE_ACCOUNT_VOLUME), mountPath: SERVICE_ACCOUNT_PATH, readOnly: true });
  }
  mounts.sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1));
  for (const outer of mounts) {
    const inner = mounts.find((mount) => mount !== outer && isWithin(mount.mountPath, outer.mountPath));
    if (inner) {
      throw new SkiffError(
        "Invalid",
        `container "${container.name}": a mount inside another volume is not supported yet (${inner.mountPath} in ${outer.mountPath})`,
      );
    }
  }
  return mounts;
}

/** The host path behind a path inside the container. Throws NotFound where no volume is mounted. */
export function hostPathOf(mounts: readonly Mount[], containerPath: string): string {
  const path = posix.resolve("/", containerPath);
  const mount = mounts.find(({ mountPath }) => isWithin(path, mountPath));
  if (!mount || path.includes("\0")) throw new SkiffError("NotFound", `no volume is mounted at ${containerPath}`);
  return posix.join(mount.hostPath, path.slice(mount.mountPath.length));
}
