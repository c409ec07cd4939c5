/** Why a hook has not answered. */
export type HookFailureKind =
  /** No connection. */
  | "unreachable"
  /** The connection broke before the reply was whole. */
  | "broken"
  | "timed out"
  /** The server says that it has failed. */
  | "status"
  /** The reply is no HTTP, too long, or says nothing. */
  | "unreadable"
  /** Too many requests are under way. */
  | "busy"
  /** It has failed too often, and is left alone for a while. */
  | "circuit open";

export class HookFailure extends Error {
  override readonly name = "HookFailure";
  readonly kind: HookFailureKind;
  readonly status: number | undefined;

  constructor(kind: HookFailureKind, message: string, status?: number) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

/** undici's codes, and those of the system, for connections that broke. */
const BROKEN_CODES: ReadonlySet<string> = new Set(["ECONNRESET", "ECONNABORTED", "EPIPE", "UND_ERR_SOCKET"]);

/** The same for connections that could not be made. */
const CONNECTION_CODES =
  /^(E(CONN|HOST|NET|ADDR|AI|NOTFOUND|TIMEDOUT)|UND_ERR_CONNECT_TIMEOUT|CERT_|DEPTH_|SELF_|UNABLE_|ERR_TLS|ERR_SSL)/;

/** What an error of undici means. Its text may contain what the server has sent, so only its code is told. */
export function failureOf(error: unknown): HookFailure {
  if (error instanceof HookFailure) return error;
  const { code, name } = error as NodeJS.ErrnoException;
  if (name === "TimeoutError") return new HookFailure("timed out", "no answer in time");
  const known = typeof code === "string" ? code : name;
  if (BROKEN_CODES.has(known)) return new HookFailure("broken", known);
  if (CONNECTION_CODES.test(known)) return new HookFailure("unreachable", known);
  return new HookFailure("unreadable", known);
}
