import { isIP, type Socket } from "node:net";
import { connect, type SecureContext } from "node:tls";
import { DialError } from "@headgate/transport";
import { certificateProblem, type TrustWords } from "./certificate-problem.ts";

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

/** Shakes hands with the TLS server at the other end of `socket`. Rejects with a DialError, and `socket` is destroyed then. */
export async function secureToServer(socket: Socket, options: TlsClientOptions): Promise<Socket> {
  const { host, ca, insecure, timeoutMs, trustWords } = options;
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
  return new Promise((resolve, reject) => {
    const fail = (error: DialError): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => {
      fail(new DialError("TLS_FAILED", `${host} does not finish the TLS handshake`));
    }, timeoutMs);
    const onError = (error: NodeJS.ErrnoException): void => fail(dialError(host, error, trustWords));
    const onClose = (): void =>
      fail(new DialError("TLS_FAILED", `${host} closes the connection during the TLS handshake`));
    secured.once("error", onError);
    secured.once("close", onClose);
    secured.once("secureConnect", () => {
      clearTimeout(timer);
      secured.off("error", onError);
      secured.off("close", onClose);
      resolve(secured);
    });
  });
}

function ignore(): void {}

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
