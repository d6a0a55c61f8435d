/** What the sign-in suites share: a user, mounts that answer with what they were sent, and the steps of a login. */
import type { Mount } from "../../src/kit/index.ts";
import { createBrowser, type Browser, type Reply } from "./browser.ts";
import type { Box } from "./platform-in-a-box.ts";

export const PASSWORD = "correct horse battery staple";
export const USER = { login: "user@example.com", password: PASSWORD };

const echo = (request: Request): Response =>
  Response.json({ url: request.url, headers: Object.fromEntries(request.headers), method: request.method });
export const MOUNTS: Mount[] = [
  { prefix: "", access: "identity", open: ["/open"], fetch: echo },
  {
    prefix: "/pipeline",
    access: "identity",
    api: true,
    fetch: async (request) => (request.method === "POST" ? new Response(await request.text()) : echo(request)),
  },
  { prefix: "/public", access: "public", fetch: echo },
  { prefix: "/own", access: "identity", api: true, unauthenticated: () => new Response("mine", { status: 401 }), fetch: echo },
];

/** Where the login form of `page` posts to. */
export const formPath = (page: Reply): string => /action="([^"]+)"/.exec(page.body)?.[1]?.replaceAll("&amp;", "&") ?? page.url;

/** The headers that an echoing mount received. */
export const headersSeen = (reply: Reply): Record<string, string> =>
  (JSON.parse(reply.body) as { headers: Record<string, string> }).headers;

/** Goes to `path` with a new browser and fills in the login form. */
export async function signInTo(box: Box, path = "/", user = USER): Promise<{ browser: Browser; reply: Reply }> {
  const browser = createBrowser(box.port);
  const form = await browser.get(path);
  return { browser, reply: await browser.post(formPath(form), user) };
}

/** Sends the login form without following the redirect. */
export function submitOnce(browser: Browser, page: Reply, user = USER): Promise<Reply> {
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  return browser.once("POST", formPath(page), headers, new URLSearchParams(user).toString());
}
