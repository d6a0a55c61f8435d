/**
 * The one error class of Skiff. It carries a Kubernetes reason word; each protocol's edge translates the
 * reason once (HTTP status, gRPC code, exit code).
 */

/** Reason word → HTTP status. Words follow k8s.io/apimachinery `metav1.StatusReason`. */
export const REASON_STATUS = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  NotImplemented: 501,
  ServiceUnavailable: 503,
  Timeout: 504,
  InsufficientStorage: 507,
} as const;

export type Reason = keyof typeof REASON_STATUS;

export interface ErrorExtras {
  /** What the reader can do about it, one sentence. */
  readonly remedy?: string;
  /** Kubernetes `Status.details`. */
  readonly details?: Record<string, unknown>;
  readonly cause?: unknown;
}

export class SkiffError extends Error {
  override readonly name = "SkiffError";
  readonly reason: Reason;
  readonly remedy: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(reason: Reason, message: string, extras: ErrorExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.reason = reason;
    this.remedy = extras.remedy;
    this.details = extras.details;
  }

  /** HTTP status code of the reason. */
  get status(): number {
    return REASON_STATUS[this.reason];
  }
}

/** True when `error` is a SkiffError with one of `reasons`. */
export function isReason(error: unknown, ...reasons: Reason[]): error is SkiffError {
  return error instanceof SkiffError && reasons.includes(error.reason);
}

/** The reason word that answers with `status`; used to read errors that crossed HTTP. */
export function reasonOfStatus(status: number): Reason {
  for (const [reason, code] of Object.entries(REASON_STATUS)) {
    if (code === status) return reason as Reason;
  }
  return status >= 500 ? "InternalError" : "BadRequest";
}

/** A printable message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
