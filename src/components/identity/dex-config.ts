/** Dex's configuration file: `config.yaml` of ConfigMap auth/dex. Follows dexidp/dex cmd/dex/config.go and storage/static.go. */
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { SkiffError } from "../../lib/errors.ts";
import { isObject } from "../../lib/json.ts";

export interface StaticPassword {
  /** Lower case: Dex compares e-mail addresses that way. */
  readonly email: string;
  readonly hash: string;
  readonly username: string;
  readonly userId: string;
  readonly name: string | undefined;
  readonly preferredUsername: string | undefined;
  readonly emailVerified: boolean;
  readonly groups: readonly string[];
}

export interface StaticClient {
  readonly id: string;
  readonly secret: string | undefined;
  readonly name: string;
  readonly public: boolean;
  readonly redirectUris: readonly string[];
}

export interface DexConfig {
  readonly skipApprovalScreen: boolean;
  readonly idTokenSeconds: number;
  readonly authRequestSeconds: number;
  readonly passwords: readonly StaticPassword[];
  readonly clients: readonly StaticClient[];
  /** Settings that are valid in Dex but have no effect here, one sentence each. */
  readonly unsupported: readonly string[];
}

/** Values behind `hashFromEnv`, `idEnv` and `secretEnv`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const text = z.string();
const password = z.object({
  email: text.min(3),
  hash: text.optional(),
  hashFromEnv: text.optional(),
  username: text.default(""),
  // YAML reads an unquoted 15841185641784 as a number; Dex's decoder takes it as text.
  userID: z.union([text, z.number().transform(String)]),
  name: text.optional(),
  preferredUsername: text.optional(),
  emailVerified: z.boolean().default(true),
  groups: z.array(text).default([]),
});
const client = z.object({
  id: text.optional(),
  idEnv: text.optional(),
  secret: text.optional(),
  secretEnv: text.optional(),
  redirectURIs: z.array(text).nullish(),
  name: text.default(""),
  public: z.boolean().default(false),
});
const file = z.object({
  issuer: text.optional(),
  storage: z.looseObject({ type: text }).optional(),
  web: z.looseObject({ http: text.optional(), https: text.optional() }).optional(),
  oauth2: z.looseObject({ skipApprovalScreen: z.boolean().default(false) }).optional(),
  expiry: z.looseObject({ idTokens: text.optional(), authRequests: text.optional() }).optional(),
  enablePasswordDB: z.boolean().default(false),
  staticPasswords: z.array(password).nullish(),
  staticClients: z.array(client).nullish(),
});

const DAY_SECONDS = 24 * 60 * 60;
const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** Go's duration text ("24h", "1h30m") in whole seconds; undefined when it is not one. */
function parseDurationSeconds(value: string): number | undefined {
  if (!/^(?:\d+[hms])+$/.test(value)) return undefined;
  let seconds = 0;
  for (const [, count = "0", unit = "s"] of value.matchAll(/(\d+)([hms])/g)) seconds += Number(count) * (UNIT_SECONDS[unit] ?? 1);
  return seconds > 0 ? seconds : undefined;
}

/** bcrypt text, or base64 of it as Dex's `[]byte` field allows. */
function readHash(value: string): string {
  return value.startsWith("$") ? value : Buffer.from(value, "base64").toString();
}

/** What is wrong with a bcrypt hash; undefined when it can be used. Bounds of dexidp/dex server/api.go. */
function hashFault(hash: string): string | undefined {
  const cost = /^\$2[aby]?\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash)?.[1];
  if (cost === undefined) return "malformed bcrypt hash";
  if (Number(cost) < 10) return `given hash cost = ${Number(cost)} does not meet minimum cost requirement = 10`;
  return Number(cost) > 16 ? `given hash cost = ${Number(cost)} is above upper bound cost = 16` : undefined;
}

interface Faults {
  add(path: string, message: string): void;
  readonly list: string[];
}

/** The one of a literal value and a value from the environment that is given; reports a fault when both or neither are. */
function oneOf(
  faults: Faults,
  path: string,
  names: readonly [string, string],
  given: readonly [string | undefined, string | undefined],
  environment: Environment,
): string | undefined {
  const [literal, variable] = given;
  if (literal !== undefined && variable !== undefined) {
    faults.add(path, `fields '${names[0]}' and '${names[1]}' are mutually exclusive`);
    return undefined;
  }
  if (variable === undefined) {
    if (literal === undefined || literal === "") faults.add(path, `one of '${names[0]}' and '${names[1]}' is required`);
    return literal;
  }
  const value = environment[variable]?.trim();
  if (value === undefined || value === "") faults.add(path, `${names[1]}: no variable '${variable}' in the environment`);
  return value;
}

function toPassword(entry: z.infer<typeof password>, path: string, faults: Faults, environment: Environment): StaticPassword {
  const given = oneOf(faults, path, ["hash", "hashFromEnv"], [entry.hash, entry.hashFromEnv], environment);
  const hash = given === undefined ? "" : readHash(given);
  const fault = given ? hashFault(hash) : undefined;
  if (fault) faults.add(path, fault);
  return {
    email: entry.email.toLowerCase(),
    hash,
    username: entry.username,
    userId: entry.userID,
    name: entry.name,
    preferredUsername: entry.preferredUsername,
    emailVerified: entry.emailVerified,
    groups: entry.groups,
  };
}

function toClient(entry: z.infer<typeof client>, path: string, faults: Faults, environment: Environment): StaticClient {
  const id = oneOf(faults, path, ["id", "idEnv"], [entry.id, entry.idEnv], environment);
  const needsSecret = !entry.public || entry.secret !== undefined || entry.secretEnv !== undefined;
  const given: [string | undefined, string | undefined] = [entry.secret, entry.secretEnv];
  const secret = needsSecret ? oneOf(faults, path, ["secret", "secretEnv"], given, environment) : undefined;
  return { id: id ?? "", secret, name: entry.name, public: entry.public, redirectUris: entry.redirectURIs ?? [] };
}

function reportDuplicates(values: readonly string[], path: string, faults: Faults): void {
  const seen = new Set<string>();
  for (const [index, value] of values.entries()) {
    if (value !== "" && seen.has(value)) faults.add(`${path}[${index}]`, `'${value}' is given more than once`);
    seen.add(value);
  }
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`)).join("");
}

/** Settings whose absence here a reader of the file would notice. `storage`, `web` and `logger` are the platform's own business. */
const UNSUPPORTED: readonly (readonly string[])[] = [
  ["connectors"],
  ["grpc"],
  ["web", "https"],
  ["oauth2", "passwordConnector"],
  ["oauth2", "alwaysShowLoginScreen"],
  ["oauth2", "responseTypes"],
  ["oauth2", "grantTypes"],
  ["expiry", "signingKeys"],
  ["expiry", "refreshTokens"],
];

function listUnsupported(document: unknown): string[] {
  const has = (path: readonly string[]): boolean => {
    let value = document;
    for (const key of path) value = isObject(value) ? value[key] : undefined;
    return value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
  };
  return UNSUPPORTED.filter(has).map((path) => `${path.join(".")} has no effect in this version`);
}

/** The names of environment variables that hold password hashes in `yaml`; empty when the text cannot be read. */
export function hashVariablesOf(yaml: string): string[] {
  try {
    const parsed = file.safeParse(parseYaml(yaml, { maxAliasCount: 20 }));
    return (parsed.data?.staticPasswords ?? []).flatMap((entry) => entry.hashFromEnv ?? []);
  } catch {
    return [];
  }
}

/** Parses Dex's `config.yaml`. Throws Invalid with every fault in `details.faults`. */
export function parseDexConfig(yaml: string, environment: Environment): DexConfig {
  const list: string[] = [];
  const faults: Faults = { list, add: (path, message) => list.push(path === "" ? message : `${path}: ${message}`) };
  const fail = (): SkiffError =>
    new SkiffError("Invalid", `invalid Dex configuration: ${list.join("; ")}`, {
      details: { faults: list },
      remedy: "Correct key config.yaml of ConfigMap auth/dex; until then the last good configuration stays in force.",
    });
  let document: unknown;
  try {
    document = parseYaml(yaml, { maxAliasCount: 20 });
  } catch (error) {
    // The first line only: the rest of the parser's message quotes the file, which may hold secrets.
    faults.add("", `config.yaml is not YAML: ${(error as Error).message.split("\n")[0]}`);
    throw fail();
  }
  const parsed = file.safeParse(document);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) faults.add(pathOf(issue.path), issue.message);
    throw fail();
  }
  const { issuer, storage, web, oauth2, expiry, enablePasswordDB, staticPasswords, staticClients } = parsed.data;
  // dexidp/dex cmd/dex/serve.go: these three make `dex serve` refuse the file.
  if (issuer === undefined) faults.add("", "no issuer specified in config file");
  if (storage === undefined) faults.add("", "no storage supplied in config file");
  if (web?.http === undefined && web?.https === undefined) faults.add("", "must supply a HTTP/HTTPS  address to listen on");
  if (!enablePasswordDB && (staticPasswords?.length ?? 0) > 0)
    faults.add("", "cannot specify static passwords without enabling password db");

  const passwords = (staticPasswords ?? []).map((entry, i) => toPassword(entry, `staticPasswords[${i}]`, faults, environment));
  const clients = (staticClients ?? []).map((entry, i) => toClient(entry, `staticClients[${i}]`, faults, environment));
  reportDuplicates(
    passwords.map((entry) => entry.email),
    "staticPasswords",
    faults,
  );
  reportDuplicates(
    clients.map((entry) => entry.id),
    "staticClients",
    faults,
  );
  const seconds = (key: "idTokens" | "authRequests"): number => {
    const value = expiry?.[key];
    const parsedSeconds = value === undefined ? DAY_SECONDS : parseDurationSeconds(value);
    if (parsedSeconds === undefined) faults.add(`expiry.${key}`, `invalid duration '${value}'`);
    return parsedSeconds ?? DAY_SECONDS;
  };
  const config: DexConfig = {
    skipApprovalScreen: oauth2?.skipApprovalScreen ?? false,
    idTokenSeconds: seconds("idTokens"),
    authRequestSeconds: seconds("authRequests"),
    passwords,
    clients,
    unsupported: listUnsupported(document),
  };
  if (list.length > 0) throw fail();
  return config;
}
