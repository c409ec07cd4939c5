/** Why a server could not be reached. The codes are stable. */
export type DialErrorCode =
  | "NAME_NOT_FOUND"
  | "CONNECTION_REFUSED"
  | "CONNECTION_TIMED_OUT"
  | "CONNECTION_FAILED"
  | "TLS_FAILED"
  | "CERTIFICATE_NOT_TRUSTED"
  | "PROXY_REFUSED"
  | "TUNNEL_REFUSED";

/** A server could not be reached. The message says which one, why, and if possible what to do. It contains no secrets. */
export class DialError extends Error {
  override readonly name = "DialError";
  readonly code: DialErrorCode;

  constructor(code: DialErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
