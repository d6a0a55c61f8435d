/** Dex's pages as plain HTML: no script, no outside asset, readable in light and dark. Ids and names are Dex's; clients look for them. */
import { createHash } from "node:crypto";

const STYLE = `:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;background:light-dark(#f3f5f7,#15191d);color:light-dark(#1b2126,#e6eaed)}
main{width:min(22rem,calc(100vw - 3rem));padding:1.5rem;border:1px solid light-dark(#cfd6dc,#36404a);border-radius:.5rem;background:light-dark(#fff,#1d2329)}
h1{font-size:1.25rem;margin:0 0 1rem}
label{display:block;font-weight:600;margin:.75rem 0 .25rem}
input{box-sizing:border-box;width:100%;font:inherit;padding:.5rem;border:1px solid light-dark(#77828c,#8a96a1);border-radius:.25rem}
button{font:inherit;margin-top:1rem;width:100%;padding:.6rem;border:0;border-radius:.25rem;background:#1f5fa8;color:#fff}
button:focus-visible,input:focus-visible{outline:3px solid light-dark(#1f5fa8,#8fbef0);outline-offset:2px}
.secondary{background:#59636d}
.dex-error-box{margin-top:1rem;padding:.5rem .75rem;border-left:4px solid #b3261e;background:light-dark(#fbe9e7,#4a1f1c)}`;

const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

export interface Page {
  readonly status: number;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Escapes text for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

/** `formTarget`: an origin the answer to the page's form may redirect to, besides this one. */
function toPage(status: number, title: string, body: string, formTarget = ""): Page {
  return {
    status,
    html: `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main>
${body}
</main></body>
</html>
`,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'${formTarget === "" ? "" : ` ${formTarget}`}; base-uri 'none'; frame-ancestors 'none'`,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    },
  };
}

/** The origin a form's answer redirects to; "" when it is this host's own path. */
function originOf(redirectUri: string): string {
  return URL.canParse(redirectUri) ? new URL(redirectUri).origin : "";
}

export interface LoginPage {
  readonly login?: string;
  readonly error?: string;
  readonly status?: number;
  readonly redirectUri: string;
}

export function loginPage({ login = "", error, status = 200, redirectUri }: LoginPage): Page {
  // No action: the form posts to the page's own address, and the browser keeps what was behind its `#`,
  // so that a link to a run leads to the run after signing in.
  const body = `<h1>Log in to Your Account</h1>
<form method="post">
<label for="login">Email Address</label>
<input tabindex="1" required id="login" name="login" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" value="${escapeHtml(login)}"${error === undefined ? " autofocus" : ""}>
<label for="password">Password</label>
<input tabindex="2" required id="password" name="password" type="password" autocomplete="current-password"${error === undefined ? "" : ' aria-invalid="true" aria-describedby="login-error" autofocus'}>
${error === undefined ? "" : `<div role="alert"><div id="login-error" class="dex-error-box">${escapeHtml(error)}</div></div>\n`}<button tabindex="3" id="submit-login" type="submit">Login</button>
</form>`;
  return toPage(status, "Log in", body, originOf(redirectUri));
}

export function approvalPage(parameters: {
  action: string;
  req: string;
  clientName: string;
  scopes: readonly string[];
  redirectUri: string;
}): Page {
  const { action, req, clientName, scopes, redirectUri } = parameters;
  const form = (answer: string, label: string, style: string): string => `<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="req" value="${escapeHtml(req)}"><input type="hidden" name="approval" value="${answer}">
<button type="submit"${style}>${label}</button>
</form>`;
  const body = `<h1>Grant Access</h1>
<p>${escapeHtml(clientName)} would like to read:</p>
<ul>${scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join("")}</ul>
${form("approve", "Grant Access", "")}
${form("rejected", "Cancel", ' class="secondary"')}`;
  return toPage(200, "Grant access", body, originOf(redirectUri));
}

export function errorPage(status: number, message: string): Page {
  return toPage(status, "Login error", `<h1>Login error</h1>\n<p role="alert">${escapeHtml(message)}</p>`);
}
