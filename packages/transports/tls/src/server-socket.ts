import type { TLSSocket } from "node:tls";
import { ProtocolError } from "@headgate/bytes";
import { type Faults, Guard } from "@headgate/transport";
import { endInvalid, type OnInvalid } from "./end-invalid.ts";

export interface ServerSocketOptions {
  /** Of the handshake, as `performance.now()` counts. */
  readonly deadlineMs: number;
  readonly onInvalid: OnInvalid;
  readonly faults: Faults;
}

/**
 * Resolves after the handshake. Rejects with a ProtocolError, the socket destroyed. A TLSSocket outside of `tls.Server`
 * keeps every error to itself and stays open after it, so this ends the connection in its place.
 */
export function finishHandshake(secured: TLSSocket, options: ServerSocketOptions): Promise<void> {
  const { deadlineMs, onInvalid, faults } = options;
  const guard = new Guard(faults, "connection", () => secured.destroy());
  return new Promise((resolve, reject) => {
    let failure = "the connection ended";
    let isSecure = false;
    const fail = (reason: string): void => {
      failure = reason;
      secured.destroy();
    };
    const timer = setTimeout(
      guard.entry(() => fail("it takes too long")),
      deadlineMs - performance.now(),
    );
    const onClose = guard.entry(() => {
      clearTimeout(timer);
      reject(new ProtocolError("TLS_HANDSHAKE_FAILED", `the TLS handshake failed: ${failure}`));
    });
    const onError = guard.entry((error: TlsError) => {
      if (secured.destroyed) return;
      if (isSecure) endBroken(secured, error, onInvalid);
      else fail(reasonOf(error));
    });
    const onSecure = guard.entry(() => {
      isSecure = true;
      clearTimeout(timer);
      secured.off("close", onClose);
      resolve();
    });
    secured.on(TLS_ERROR, onError);
    secured.on("error", onError);
    secured.once("close", onClose);
    secured.once("secure", onSecure);
  });
}

/** Emitted for every error, before and after the handshake. `error` alone misses those after it. */
const TLS_ERROR = "_tlsError";

interface TlsError extends NodeJS.ErrnoException {
  /** OpenSSL's words for it. */
  readonly reason?: string;
}

function endBroken(secured: TLSSocket, error: TlsError, onInvalid: OnInvalid): void {
  if (OF_TLS.test(error.code ?? "")) endInvalid(secured, reasonOf(error), onInvalid);
  else secured.destroy(error);
}

/** Other errors, such as ECONNRESET, are the network's. */
const OF_TLS = /^ERR_(SSL|TLS)_|^EPROTO$/;

/** OpenSSL's message names its source file; the reason it gives is enough. */
function reasonOf({ code, message, reason }: TlsError): string {
  return reason ?? WORDS[code ?? ""] ?? message;
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNRESET: "connection reset",
  EPROTO: "protocol error",
  ERR_TLS_RENEGOTIATION_DISABLED: "renegotiation is not allowed",
};
