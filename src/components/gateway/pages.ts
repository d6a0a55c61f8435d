/** The gateway's own two HTML pages: the invitation to sign in and a failed login. */
import { createHash } from "node:crypto";

const STYLE = `:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;background:light-dark(#f3f5f7,#15191d);color:light-dark(#1b2126,#e6eaed)}
main{width:min(22rem,calc(100vw - 3rem));padding:1.5rem;border:1px solid light-dark(#cfd6dc,#36404a);border-radius:.5rem;background:light-dark(#fff,#1d2329)}
h1{font-size:1.25rem;margin:0 0 1rem}
button{font:inherit;width:100%;padding:.6rem;border:0;border-radius:.25rem;background:#1f5fa8;color:#fff}`;
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

function toPage(status: number, title: string, body: string): Response {
  const html = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${body}
</main></body>
</html>
`;
  return new Response(html, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    },
  });
}

/** oauth2-proxy answers 403 with this form; scripts look for the status and go to its action. */
export function signInPage(returnPath: string): Response {
  return toPage(
    403,
    "Sign In",
    `<form method="GET" action="/oauth2/start">
<input type="hidden" name="rd" value="${escapeHtml(returnPath)}">
<button type="submit">Sign in with Dex</button>
</form>`,
  );
}

export function loginFailedPage(status: number, message: string): Response {
  return toPage(status, "Login Failed", `<p role="alert">Login Failed: ${escapeHtml(message)}</p>\n<p><a href="/">Sign in again</a></p>`);
}
