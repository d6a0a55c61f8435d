import { expect, test } from "vitest";
import { isForbiddenHeader, stripForeignHeaders } from "./identity-headers.ts";

test("knows identity headers in every spelling", () => {
  for (const name of [
    "kubeflow-userid",
    "KUBEFLOW_USERID",
    "Kubeflow-Groups",
    "kubeflow_userid-token",
    "X-Goog-Authenticated-User-Email",
    "x_auth_request_user",
    "X-Forwarded-Preferred_Username",
    "X_Forwarded-For",
    "remote_user",
  ]) {
    expect([name, isForbiddenHeader(name)]).toEqual([name, true]);
  }
  for (const name of ["accept", "authorization", "x-requested-with", "kubeflow", "x-goog-api-client"]) {
    expect([name, isForbiddenHeader(name)]).toEqual([name, false]);
  }
});

test("drops what Connection names, except what frames the message, and the gateway's cookies", () => {
  const kept = stripForeignHeaders([
    ["Host", "h"],
    ["Connection", "close, X-Hop, Content-Length, host"],
    ["x-hop", "1"],
    ["Content-Length", "3"],
    ["Cookie", "a=1; authservice_session=s; oauth2_proxy_kubeflow=s ;oauth2_proxy_kubeflow_csrf=c; b=2"],
    ["cookie", "authservice_session=s"],
    ["Kubeflow_UserID", "admin"],
  ]);
  expect(kept).toEqual([
    ["Host", "h"],
    ["Connection", "close, X-Hop, Content-Length, host"],
    ["Content-Length", "3"],
    ["Cookie", "a=1; b=2"],
  ]);
});
