import { expect, test } from "vitest";
import { toUser } from "./user-claims.ts";

test("takes the e-mail address and the groups that fit a header", () => {
  const claims = { email: "a@x.example", email_verified: true, groups: ["g", "two,three", 4, "new\nline"], preferred_username: "a" };
  expect(toUser(claims)).toEqual({ id: "a@x.example", groups: ["g"], preferredUsername: "a" });
});

test("refuses addresses that are unconfirmed, unfit, or look like Kubernetes' own users", () => {
  for (const email of [undefined, 5, "", "a b@x", "a,b@x", "a@x\r\nx: y", "ä@x", "system:serviceaccount:kube-system:admin"]) {
    expect(toUser({ email })).toBeUndefined();
  }
  expect(toUser({ email: "a@x.example", email_verified: false })).toBeUndefined();
});
