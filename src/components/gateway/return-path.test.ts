import { expect, test } from "vitest";
import { toReturnPath } from "./return-path.ts";

test("keeps paths of this host", () => {
  for (const path of ["/", "/a", "/a?b=//c#d", "/a//b", "/oauth2-docs"]) expect(toReturnPath(path)).toBe(path);
});

test("turns everything else into the root", () => {
  const evil = [
    null,
    undefined,
    "",
    "a",
    "//evil",
    "///evil",
    "/\\evil",
    "/a\\b",
    "\\\\evil",
    "https://evil",
    "https:evil",
    "/\t/evil",
    "/\n/evil",
    " //evil",
    "/.//evil",
    "/a/..//evil",
    "/%2e%2e//evil",
    "javascript:alert(1)",
    "/ä",
    `/${"a".repeat(3000)}`,
    "/oauth2/start?rd=/x",
    "/OAuth2/sign_out",
    "/dex/auth",
    "/logout",
    "/x/../logout",
  ];
  for (const path of evil) expect([path, toReturnPath(path)]).toEqual([path, "/"]);
});
