import { expect, test } from "vitest";
import { isReason } from "../../lib/errors.ts";
import { hashVariablesOf, parseDexConfig } from "./dex-config.ts";

const HASH = "$2y$12$4K/VkmDd1q1Orb3xAt82zu8gk7Ad6ReFR4LCP9UeYE90NLiN9Df72";
const HEAD = "issuer: http://dex.auth.svc.cluster.local:5556/dex\nstorage:\n  type: kubernetes\nweb:\n  http: 0.0.0.0:5556\n";

function faultsOf(yaml: string, environment: Record<string, string> = {}): unknown {
  try {
    parseDexConfig(yaml, environment);
  } catch (error) {
    if (isReason(error, "Invalid")) return error.details?.["faults"];
    throw error;
  }
  return [];
}

test("reads Kubeflow's file: values from the environment, numbers as user ids, keys it does not know", () => {
  const config = parseDexConfig(
    `${HEAD}logger: {level: debug}
telemetry: {http: 0.0.0.0:5558}
oauth2:
  skipApprovalScreen: true
expiry:
  idTokens: 1h30m
enablePasswordDB: true
staticPasswords:
- email: User@Example.com
  hashFromEnv: DEX_USER_PASSWORD
  username: user
  userID: 15841185641784
- email: two@example.com
  hash: ${Buffer.from(HASH).toString("base64")}
  userID: "2"
  groups: [a, b]
staticClients:
- idEnv: OIDC_CLIENT_ID
  redirectURIs: ["/oauth2/callback"]
  name: x
  secretEnv: OIDC_CLIENT_SECRET
`,
    { DEX_USER_PASSWORD: `${HASH}\n`, OIDC_CLIENT_ID: "kubeflow-oidc-authservice", OIDC_CLIENT_SECRET: "s" },
  );
  expect(config.passwords[0]).toMatchObject({
    email: "user@example.com",
    hash: HASH,
    userId: "15841185641784",
    emailVerified: true,
    groups: [],
  });
  expect(config.passwords[1]).toMatchObject({ hash: HASH, groups: ["a", "b"] });
  expect(config.clients[0]).toMatchObject({ id: "kubeflow-oidc-authservice", secret: "s", redirectUris: ["/oauth2/callback"] });
  expect(config.skipApprovalScreen).toBe(true);
  expect(config.idTokenSeconds).toBe(5400);
  expect(config.authRequestSeconds).toBe(86_400);
});

test("reports every fault at once, in Dex's words", () => {
  expect(faultsOf("{}")).toEqual([
    "no issuer specified in config file",
    "no storage supplied in config file",
    "must supply a HTTP/HTTPS  address to listen on",
  ]);
  const yaml = `${HEAD}staticPasswords:
- {email: a@x, hash: "$2a$04$${"a".repeat(53)}", userID: "1"}
- {email: A@x, hash: plain, hashFromEnv: X, userID: "2"}
- {email: c@x, hashFromEnv: HOME, userID: "3"}
staticClients:
- {id: a, idEnv: B, secret: s}
- {id: c}
- {id: p, public: true}
expiry: {idTokens: soon}
`;
  expect(faultsOf(yaml)).toEqual([
    "cannot specify static passwords without enabling password db",
    "staticPasswords[0]: given hash cost = 4 does not meet minimum cost requirement = 10",
    "staticPasswords[1]: fields 'hash' and 'hashFromEnv' are mutually exclusive",
    "staticPasswords[2]: hashFromEnv: no variable 'HOME' in the environment",
    "staticClients[0]: fields 'id' and 'idEnv' are mutually exclusive",
    "staticClients[1]: one of 'secret' and 'secretEnv' is required",
    "staticPasswords[1]: 'a@x' is given more than once",
    "expiry.idTokens: invalid duration 'soon'",
  ]);
});

test("says where the shape is wrong, and does not quote the file when it is not YAML", () => {
  expect(faultsOf(`${HEAD}staticPasswords:\n- {email: 5, userID: "1"}\n`)).toEqual([
    expect.stringMatching(/^staticPasswords\[0\]\.email: /),
  ]);
  expect(JSON.stringify(faultsOf("a: [\n  secret: hunter2\n b"))).not.toContain("hunter2");
  expect(faultsOf(`a: &a [x,x]\nb: &b [${"*a,".repeat(30)}]\nc: [${"*b,".repeat(30)}]`)).not.toEqual([]);
});

test("says what has no effect instead of dropping it silently", () => {
  const yaml = `${HEAD}connectors: [{type: ldap, id: ldap, name: LDAP}]\noauth2: {passwordConnector: local, alwaysShowLoginScreen: false}\n`;
  expect(parseDexConfig(yaml, {}).unsupported).toEqual([
    "connectors has no effect in this version",
    "oauth2.passwordConnector has no effect in this version",
  ]);
  expect(parseDexConfig(HEAD, {}).unsupported).toEqual([]);
});

test("finds the variables that hold hashes", () => {
  expect(hashVariablesOf(`${HEAD}staticPasswords:\n- {email: a@x, hashFromEnv: ONE, userID: "1"}\n`)).toEqual(["ONE"]);
  expect(hashVariablesOf("][")).toEqual([]);
});
