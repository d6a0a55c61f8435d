import { expect, test } from "vitest";
import type { StaticClient } from "./dex-config.ts";
import { isRedirectUriAllowed } from "./redirect-uri.ts";

const client = (over: Partial<StaticClient>): StaticClient => ({
  id: "c",
  secret: "s",
  name: "",
  public: false,
  redirectUris: [],
  ...over,
});
const HOST = "skiff.example:8080";

test("a registered path stands for itself at the request's own address", () => {
  const own = client({ redirectUris: ["/oauth2/callback"] });
  for (const uri of ["/oauth2/callback", `http://${HOST}/oauth2/callback`, `https://${HOST}/oauth2/callback`]) {
    expect([uri, isRedirectUriAllowed(own, uri, HOST)]).toEqual([uri, true]);
  }
  const others = [
    "//skiff.example:8080/oauth2/callback",
    "/\\skiff.example/oauth2/callback",
    "http://skiff.example/oauth2/callback",
    "http://evil.example/oauth2/callback",
    `http://${HOST}.evil.example/oauth2/callback`,
    `http://${HOST}@evil.example/oauth2/callback`,
    `http://u@${HOST}/oauth2/callback`,
    `http://${HOST}/oauth2/callback/`,
    `http://${HOST}/oauth2/callback?a`,
    `http://${HOST}/oauth2/callback#a`,
    `http://${HOST}/x/../oauth2/callback`,
    `http:\\\\${HOST}/oauth2/callback`,
    `HTTP://${HOST}/oauth2/callback`,
    ` http://${HOST}/oauth2/callback`,
    `ftp://${HOST}/oauth2/callback`,
    "",
  ];
  for (const uri of others) expect([uri, isRedirectUriAllowed(own, uri, HOST)]).toEqual([uri, false]);
  expect(isRedirectUriAllowed(own, "http:///oauth2/callback", "")).toBe(false);
});

test("absolute URIs compare exactly; public clients without any may use localhost", () => {
  const other = client({ redirectUris: ["https://app.example/cb"] });
  expect(isRedirectUriAllowed(other, "https://app.example/cb", HOST)).toBe(true);
  expect(isRedirectUriAllowed(other, "https://app.example/cb2", HOST)).toBe(false);
  expect(isRedirectUriAllowed(other, `http://${HOST}/cb`, HOST)).toBe(false);
  expect(isRedirectUriAllowed(client({ public: true }), "http://localhost:1234/", HOST)).toBe(true);
  expect(isRedirectUriAllowed(client({}), "http://localhost:1234/", HOST)).toBe(false);
  expect(isRedirectUriAllowed(client({ public: true }), "http://localhost.evil.example/", HOST)).toBe(false);
});
