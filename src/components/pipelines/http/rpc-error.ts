/** Errors as clients of the KFP API read them: gRPC codes over HTTP, in the union of the shapes of all server versions since 2.0. */
import { messageOf, SkiffError, type Reason } from "../../../lib/errors.ts";

interface Rpc {
  readonly code: number;
  readonly status: number;
}

const RPC: Record<Reason, Rpc> = {
  BadRequest: { code: 3, status: 400 },
  Unauthorized: { code: 16, status: 401 },
  Forbidden: { code: 7, status: 403 },
  NotFound: { code: 5, status: 404 },
  MethodNotAllowed: { code: 12, status: 501 },
  NotAcceptable: { code: 3, status: 400 },
  AlreadyExists: { code: 6, status: 409 },
  Conflict: { code: 10, status: 409 },
  // FAILED_PRECONDITION: the request is fine, the state of things is not.
  Expired: { code: 9, status: 400 },
  RequestEntityTooLarge: { code: 3, status: 400 },
  UnsupportedMediaType: { code: 3, status: 400 },
  Invalid: { code: 3, status: 400 },
  TooManyRequests: { code: 8, status: 429 },
  InternalError: { code: 13, status: 500 },
  NotImplemented: { code: 12, status: 501 },
  ServiceUnavailable: { code: 14, status: 503 },
  Timeout: { code: 4, status: 504 },
  InsufficientStorage: { code: 8, status: 507 },
};

// Header values are latin-1 without line breaks.
function headerText(text: string): string {
  return Array.from(text, (char) => (char >= " " && char <= "~" ? char : " "))
    .join("")
    .slice(0, 1000);
}

/** The answer for an error. Messages of errors that are not ours stay inside. */
export function toErrorResponse(error: unknown): Response {
  const known = error instanceof SkiffError ? error : new SkiffError("InternalError", "Internal error");
  const { code, status } = RPC[known.reason];
  const message = messageOf(known);
  const details = [
    { "@type": "type.googleapis.com/google.rpc.Status", code, message },
    ...(known.remedy === undefined ? [] : [{ "@type": "type.googleapis.com/google.rpc.Help", links: [{ description: known.remedy }] }]),
  ];
  // `error` is the key of gateway v1 (servers up to 2.5), the rest that of gateway v2.
  return Response.json(
    { error: message, code, message, details },
    { status, headers: status === 401 ? { "www-authenticate": headerText(message) } : {} },
  );
}

/** Upstream's answer for a path it does not serve. */
export function unknownRoute(): Response {
  return Response.json({ code: 5, message: "Not Found", details: [] }, { status: 404 });
}

/** Upstream's answer for a method that the path does not have. */
export function unknownMethod(): Response {
  return Response.json({ code: 12, message: "Method Not Allowed", details: [] }, { status: 501 });
}
