import { isIP, type Socket } from "node:net";
import { connect, type SecureContext, type TLSSocket } from "node:tls";
import { ProtocolError } from "@headgate/bytes";
import { DialError, type Faults, Guard } from "@headgate/transport";
import { certificateProblem, type TrustWords } from "./certificate-problem.ts";
import { HandshakeTurns } from "./handshake-turns.ts";
import { PostHandshakeWatch } from "./post-handshake-watch.ts";
import { SmallRecords } from "./small-records.ts";

export interface TlsClientOptions {
  /** The host for which the certificate must be. */
  readonly host: string;
  /** Authorities instead of Node's own; undefined: Node's own. */
  readonly ca: SecureContext | undefined;
  /** Accept certificates that cannot be verified. */
  readonly insecure: boolean;
  /** How a person says the two above. */
  readonly trustWords: TrustWords;
  readonly timeoutMs: number;
}

/** The client's side of TLS, on sockets handed to it. Servers are not trusted: they are bounded as clients are. */
export class TlsClient {
  readonly #faults: Faults;
  readonly #postHandshake: PostHandshakeWatch;
  readonly #turns: HandshakeTurns;

  constructor(faults: Faults) {
    this.#faults = faults;
    this.#postHandshake = new PostHandshakeWatch("server", faults);
    this.#turns = new HandshakeTurns(faults);
  }

  /**
   * Shakes hands with the TLS server at the other end of `socket`, in `timeoutMs` with the wait for its turn. Rejects with a
   * DialError, and `socket` is destroyed then. A server that breaks TLS afterwards ends the connection.
   */
  async secure(socket: Socket, options: TlsClientOptions): Promise<Socket> {
    const deadlineMs = performance.now() + options.timeoutMs;
    try {
      const endTurn = await this.#turns.begin(socket, options.host, deadlineMs);
      return await this.#shakeHands(socket, options, deadlineMs).finally(endTurn);
    } catch (error) {
      socket.destroy();
      if (!(error instanceof ProtocolError)) throw error;
      throw new DialError("TLS_FAILED", `${options.host}: ${error.message}`);
    }
  }

  async #shakeHands(socket: Socket, options: TlsClientOptions, deadlineMs: number): Promise<Socket> {
    const { host, ca, insecure, trustWords } = options;
    if (socket.destroyed) throw closedBy(host);
    const secured = connect({
      socket,
      host,
      // An address is not a host name by which a server could choose its certificate (RFC 6066 §3).
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca && { secureContext: ca }),
      rejectUnauthorized: !insecure,
    });
    // For the socket's whole life: `close` follows an error, and is handled.
    secured.on("error", ignore);
    this.#watch(secured);
    return new Promise((resolve, reject) => {
      const fail = (error: DialError): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(error);
      };
      const guard = new Guard(this.#faults, "connection", () =>
        fail(new DialError("TLS_FAILED", `${host}: internal error`)),
      );
      const onLate = guard.entry(() =>
        fail(new DialError("TLS_FAILED", `${host} does not finish the TLS handshake`)),
      );
      const onError = guard.entry((error: NodeJS.ErrnoException) => fail(dialError(host, error, trustWords)));
      const onClose = guard.entry(() => fail(closedBy(host)));
      const onSecure = guard.entry(() => {
        if (secured.getProtocol() === "TLSv1.3" && sessionBytes(secured) > MAX_SESSION_BYTES)
          return fail(new DialError("TLS_FAILED", `${host}: its certificate is too long`));
        clearTimeout(timer);
        secured.off("error", onError);
        secured.off("close", onClose);
        resolve(secured);
      });
      const timer = setTimeout(onLate, deadlineMs - performance.now());
      secured.once("error", onError);
      secured.once("close", onClose);
      secured.once("secureConnect", onSecure);
    });
  }

  #watch(secured: TLSSocket): void {
    this.#postHandshake.watch(secured, ignore);
    const records = new SmallRecords(performance.now());
    records.endOnFlood(secured, this.#faults, ignore);
    const push = secured.push;
    // `connect` makes the socket, so its class cannot be one that counts, as SplittingSocket is.
    secured.push = (content, encoding) => records.allows(content) && push.call(secured, content, encoding);
  }
}

/**
 * What is kept of a session, nearly all of which is the server's certificate: twice as much as one for a hundred names takes. Of
 * sessions of 10 KiB Node says nothing, so their tickets could not be counted.
 */
const MAX_SESSION_BYTES: number = 8 * 1024;

function sessionBytes(secured: TLSSocket): number {
  return secured.getSession()?.length ?? 0;
}

/** The error with which the socket is destroyed says it, too. */
function ignore(): void {}

function closedBy(host: string): DialError {
  return new DialError("TLS_FAILED", `${host} closes the connection during the TLS handshake`);
}

function dialError(
  host: string,
  error: NodeJS.ErrnoException & { readonly reason?: string },
  trustWords: TrustWords,
): DialError {
  const untrusted = certificateProblem(error, trustWords);
  if (untrusted) return new DialError("CERTIFICATE_NOT_TRUSTED", `${host}: ${untrusted}`);
  const { code, message, reason } = error;
  const hint = code === "ERR_SSL_WRONG_VERSION_NUMBER" ? "; does it speak TLS on this port?" : "";
  return new DialError("TLS_FAILED", `${host}: the TLS handshake failed: ${reason ?? message}${hint}`);
}
