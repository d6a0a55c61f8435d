/** The cluster's own certificate authority and the API server's certificate, kept in the data directory. */
import { webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";

export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
  /** PEM of the authority that clients must trust. */
  readonly ca: string;
}

const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
const SERVER_DAYS = 365;
/** Replaced when less than this is left. */
const RENEW_DAYS = 30;

const NAMES = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

function isFresh(pem: string, addresses: readonly string[]): boolean {
  const certificate = new X509Certificate(pem);
  const alive = Date.parse(certificate.validTo) - Date.now() > RENEW_DAYS * DAY_MS;
  return alive && addresses.every((address) => certificate.checkIP(address) !== undefined);
}

/**
 * Reads the certificates, or makes them: ECDSA P-256, keys with mode 0600. `addresses` are IP addresses that the
 * server listens on. The library is loaded only when something must be made, which keeps a normal start short.
 */
export async function ensureServingCertificate(directory: string, addresses: readonly string[]): Promise<ServingCertificate> {
  const file = (name: string): string => join(directory, name);
  const read = (name: string): string => readFileSync(file(name), "utf8");
  const complete = ["ca.crt", "ca.key", "server.crt", "server.key"].every((name) => existsSync(file(name)));
  if (complete && isFresh(read("server.crt"), addresses)) return { cert: read("server.crt"), key: read("server.key"), ca: read("ca.crt") };

  // x509 needs this polyfill to be there before it loads.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  x509.cryptoProvider.set(webcrypto as never);
  const newKeys = (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const toPem = async (key: webcrypto.CryptoKey): Promise<string> => {
    const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
    return `-----BEGIN PRIVATE KEY-----\n${der.match(/.{1,64}/g)?.join("\n")}\n-----END PRIVATE KEY-----\n`;
  };
  const until = (days: number): Date => new Date(Date.now() + days * DAY_MS);

  let caKeys: webcrypto.CryptoKeyPair;
  let ca: string;
  if (existsSync(file("ca.key")) && existsSync(file("ca.crt")) && isFresh(read("ca.crt"), [])) {
    const der = Buffer.from(read("ca.key").replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64");
    const privateKey = await webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"]);
    ca = read("ca.crt");
    caKeys = { privateKey, publicKey: await new x509.X509Certificate(ca).publicKey.export() };
  } else {
    caKeys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: "CN=skiff-ca",
      keys: caKeys,
      notAfter: until(CA_DAYS),
      notBefore: new Date(Date.now() - DAY_MS),
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
      ],
    });
    ca = certificate.toString("pem");
    writeFileSync(file("ca.key"), await toPem(caKeys.privateKey), { mode: 0o600 });
    writeFileSync(file("ca.crt"), ca);
  }
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: "CN=kube-apiserver",
    issuer: "CN=skiff-ca",
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: until(SERVER_DAYS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...NAMES.map((value) => ({ type: "dns", value }) as const),
        ...addresses.map((value) => ({ type: "ip", value }) as const),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const cert = certificate.toString("pem");
  const key = await toPem(keys.privateKey);
  writeFileSync(file("server.key"), key, { mode: 0o600 });
  writeFileSync(file("server.crt"), cert);
  return { cert, key, ca };
}
