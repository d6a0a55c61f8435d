/** The configuration in force: follows ConfigMap auth/dex and its Secrets; a bad edit changes nothing and is reported in an Event. */
import { CONFIG_MAPS, EVENTS, SECRETS, apiVersionOf, type ConfigMap, type KubeEvent, type Secret } from "../../api/index.ts";
import { createInformer, type KubeClient, type Loop } from "../../kit/index.ts";
import { isReason, messageOf, SkiffError } from "../../lib/errors.ts";
import { randomSuffix } from "../../lib/ids.ts";
import type { Log } from "../../lib/log.ts";
import { parseDexConfig, type DexConfig, type Environment } from "./dex-config.ts";
import { AUTH_NAMESPACE, CLIENT_SECRET, CONFIG_KEY, CONFIG_NAME, PASSWORDS_SECRET } from "./first-start.ts";

export interface LiveConfig {
  /** The last good configuration. Throws ServiceUnavailable while there has been none. */
  readonly current: () => DexConfig;
  /** Reads the objects now; used before the loops run. */
  load(): Promise<void>;
  readonly loops: readonly Loop[];
}

export interface LiveConfigOptions {
  readonly kube: KubeClient;
  readonly log: Log;
  /** Variables offered to `hashFromEnv`, `idEnv` and `secretEnv` besides the two Secrets. */
  readonly environment: Environment;
}

const SECRET_NAMES: readonly string[] = [PASSWORDS_SECRET, CLIENT_SECRET];

/** A Secret's data as text. */
export function decodeSecret(secret: Secret | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

export function createLiveConfig({ kube, log, environment }: LiveConfigOptions): LiveConfig {
  let good: DexConfig | undefined;
  let reported = "";
  let loaded = false;
  let configMap: ConfigMap | undefined;
  const secrets = new Map<string, Secret>();

  const report = async (reason: "InvalidConfiguration" | "UnsupportedConfiguration", faults: readonly string[]): Promise<void> => {
    const message = faults.join("; ").slice(0, 1024);
    if (message === reported || !configMap) return;
    reported = message;
    if (reason === "InvalidConfiguration") log.warn("Dex configuration is not valid, the last good one stays in force", { faults });
    else log.warn("Dex configuration has settings without effect", { faults });
    const now = new Date().toISOString();
    await kube.create<KubeEvent>(EVENTS, {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: `${CONFIG_NAME}.${randomSuffix(10)}`, namespace: AUTH_NAMESPACE },
      involvedObject: {
        apiVersion: apiVersionOf(CONFIG_MAPS),
        kind: CONFIG_MAPS.kind,
        namespace: AUTH_NAMESPACE,
        name: CONFIG_NAME,
        uid: configMap.metadata.uid ?? "",
      },
      type: "Warning",
      reason,
      message,
      source: { component: "dex" },
      reportingComponent: "dex",
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    });
  };
  const apply = async (): Promise<void> => {
    const yaml = configMap?.data?.[CONFIG_KEY];
    // A deleted ConfigMap is a bad edit too.
    if (yaml === undefined) return;
    const variables: Record<string, string | undefined> = { ...environment };
    for (const secret of secrets.values()) Object.assign(variables, decodeSecret(secret));
    try {
      good = parseDexConfig(yaml, variables);
      if (good.unsupported.length > 0) await report("UnsupportedConfiguration", good.unsupported);
      else reported = "";
    } catch (error) {
      if (!isReason(error, "Invalid")) throw error;
      await report("InvalidConfiguration", (error.details?.["faults"] as string[] | undefined) ?? [error.message]);
    }
  };
  const applySoon = (): void => {
    // Before the first load the Secrets may still be in the making.
    if (!loaded) return;
    apply().catch((error: unknown) => log.error("Dex configuration could not be applied", { error: messageOf(error) }));
  };

  const configMaps = createInformer<ConfigMap>(kube, CONFIG_MAPS, log, {
    namespace: AUTH_NAMESPACE,
    fieldSelector: `metadata.name=${CONFIG_NAME}`,
  });
  const secretInformer = createInformer<Secret>(kube, SECRETS, log, { namespace: AUTH_NAMESPACE });
  configMaps.subscribe((change) => {
    if (change.object.metadata.name !== CONFIG_NAME || change.type === "delete") return;
    configMap = change.object;
    applySoon();
  });
  secretInformer.subscribe((change) => {
    const { name } = change.object.metadata;
    if (!SECRET_NAMES.includes(name)) return;
    if (change.type === "delete") secrets.delete(name);
    else secrets.set(name, change.object);
    applySoon();
  });

  return {
    current: () => {
      if (!good) throw new SkiffError("ServiceUnavailable", "there is no valid Dex configuration yet");
      return good;
    },
    load: async () => {
      configMap = await kube.find<ConfigMap>(CONFIG_MAPS, CONFIG_NAME, AUTH_NAMESPACE);
      for (const name of SECRET_NAMES) {
        const secret = await kube.find<Secret>(SECRETS, name, AUTH_NAMESPACE);
        if (secret) secrets.set(name, secret);
      }
      loaded = true;
      await apply();
    },
    loops: [configMaps, secretInformer],
  };
}
