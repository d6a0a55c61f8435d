/** Fills a pod's volumes: emptyDir, configMap, secret, projected, and the files of its service account. */
import { chmod, lchown, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { KeyToPath, Pod, Volume } from "../../api/index.ts";
import { messageOf, SkiffError } from "../../lib/errors.ts";
import { fieldValueOf, type ObjectLookup } from "./environment.ts";
import { pathInVolume, SERVICE_ACCOUNT_VOLUME } from "./mount-plan.ts";
import type { PodDirectory } from "./pod-directory.ts";

/** A token file to be kept fresh. */
export interface TokenFile {
  readonly file: string;
  readonly audience: string | undefined;
  readonly expirationSeconds: number;
}

export interface VolumeContext {
  readonly pod: Pod;
  readonly directory: PodDirectory;
  readonly lookup: ObjectLookup;
  readonly caFile: string;
  readonly uid: number | undefined;
  readonly node: { name: string; ip: string };
  /** Whether the service account's files are wanted. */
  readonly serviceAccount: boolean;
}

// What the API server's admission asks for in its projected volume.
const SERVICE_ACCOUNT_SECONDS = 3607;

/** Writes a file so that a reader sees the old content or the new one, readable by the pod alone. */
export async function writeVolumeFile(file: string, content: string | Uint8Array, uid: number | undefined): Promise<void> {
  const temporary = `${file}.skiff-tmp`;
  await writeFile(temporary, content, { mode: 0o644 });
  if (uid !== undefined) await lchown(temporary, uid, uid);
  await rename(temporary, file);
}

async function writeEntries(
  root: string,
  content: ReadonlyMap<string, Uint8Array>,
  items: readonly KeyToPath[] | undefined,
  source: string,
  optional: boolean,
  uid: number | undefined,
): Promise<void> {
  const wanted = items ?? [...content.keys()].map((key) => ({ key, path: key }));
  for (const { key, path } of wanted) {
    const bytes = content.get(key);
    if (!bytes) {
      if (optional) continue;
      throw new SkiffError("NotFound", `references non-existent ${source} key: ${key}`);
    }
    const file = pathInVolume(root, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeVolumeFile(file, bytes, uid);
  }
}

async function writeConfigMap(
  { lookup, uid }: VolumeContext,
  root: string,
  source: { name: string; items?: KeyToPath[]; optional?: boolean },
): Promise<void> {
  const object = await lookup.configMap(source.name);
  if (!object && !source.optional) throw new SkiffError("NotFound", `configmap "${source.name}" not found`);
  const content = new Map<string, Uint8Array>();
  for (const [key, value] of Object.entries(object?.data ?? {})) content.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(object?.binaryData ?? {})) content.set(key, Buffer.from(value, "base64"));
  await writeEntries(root, content, source.items, "config", source.optional === true, uid);
}

async function writeSecret(
  { lookup, uid }: VolumeContext,
  root: string,
  source: { name: string; items?: KeyToPath[]; optional?: boolean },
): Promise<void> {
  const object = await lookup.secret(source.name);
  if (!object && !source.optional) throw new SkiffError("NotFound", `secret "${source.name}" not found`);
  const content = new Map<string, Uint8Array>();
  for (const [key, value] of Object.entries(object?.data ?? {})) content.set(key, Buffer.from(value, "base64"));
  await writeEntries(root, content, source.items, "secret", source.optional === true, uid);
}

async function fillVolume(context: VolumeContext, volume: Volume, root: string): Promise<TokenFile[]> {
  const { pod, node, uid } = context;
  if (volume.configMap) await writeConfigMap(context, root, volume.configMap);
  else if (volume.secret) await writeSecret(context, root, { ...volume.secret, name: volume.secret.secretName });
  const tokens: TokenFile[] = [];
  for (const source of volume.projected?.sources ?? []) {
    if (source.configMap) await writeConfigMap(context, root, source.configMap);
    if (source.secret) await writeSecret(context, root, source.secret);
    for (const { path, fieldRef } of source.downwardAPI?.items ?? []) {
      if (!fieldRef) throw new SkiffError("Invalid", "downwardAPI items need a fieldRef on this runtime");
      const file = pathInVolume(root, path);
      await mkdir(dirname(file), { recursive: true, mode: 0o755 });
      await writeVolumeFile(file, fieldValueOf(pod, fieldRef.fieldPath, node), uid);
    }
    if (source.serviceAccountToken) {
      const { path, audience, expirationSeconds = 3600 } = source.serviceAccountToken;
      const file = pathInVolume(root, path);
      await mkdir(dirname(file), { recursive: true, mode: 0o755 });
      tokens.push({ file, audience, expirationSeconds });
    }
  }
  return tokens;
}

/**
 * Makes every volume of the pod; safe to repeat. Returns the token files that have to be written and renewed.
 * Throws with kubelet's text for the event `FailedMount`.
 */
export async function prepareVolumes(context: VolumeContext): Promise<TokenFile[]> {
  const { pod, directory, uid, caFile } = context;
  const tokens: TokenFile[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    const root = directory.volume(volume.name);
    try {
      await mkdir(root, { recursive: true, mode: 0o755 });
      if (volume.emptyDir) {
        // As kubelet's emptyDir: open to every user of the pod. The folder above is closed to other pods.
        await chmod(root, 0o777);
        if (uid !== undefined) await lchown(root, uid, uid);
      } else if (!volume.configMap && !volume.secret && !volume.projected) {
        throw new SkiffError("Invalid", "this kind of volume is not supported yet; use emptyDir, configMap, secret or projected");
      }
      tokens.push(...(await fillVolume(context, volume, root)));
    } catch (error) {
      throw new SkiffError("Invalid", `MountVolume.SetUp failed for volume "${volume.name}" : ${messageOf(error)}`, { cause: error });
    }
  }
  if (context.serviceAccount) {
    const root = directory.volume(SERVICE_ACCOUNT_VOLUME);
    await mkdir(root, { recursive: true, mode: 0o755 });
    await writeVolumeFile(pathInVolume(root, "namespace"), pod.metadata.namespace ?? "", uid);
    await writeVolumeFile(pathInVolume(root, "ca.crt"), await readFile(caFile), uid);
    tokens.push({ file: pathInVolume(root, "token"), audience: undefined, expirationSeconds: SERVICE_ACCOUNT_SECONDS });
  }
  return tokens;
}
