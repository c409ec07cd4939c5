import type { AdminTlsOptions } from "@headgate/api";
import { ProtocolError } from "@headgate/bytes";
import type { Secure } from "@headgate/http-server";
import { readAuthorities, readCertificate, TlsServer } from "@headgate/tls";
import type { Faults } from "@headgate/transport";

/** A TLS handshake. Milliseconds. */
const HANDSHAKE_MS = 10_000;

/** TLS of the admin server; undefined without. Throws a CertificateError if a file cannot be used. */
export function adminTls({ cert, key, clientCa }: AdminTlsOptions, faults: Faults): TlsServer | undefined {
  if (cert === "") return undefined;
  return new TlsServer({
    certificates: [{ cert, key }],
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    handshakeMs: HANDSHAKE_MS,
    ...(clientCa !== "" && { clientCa }),
    faults,
  });
}

/** Throws a CertificateError if a file cannot be used. */
export function checkAdminFiles({ cert, key, clientCa }: AdminTlsOptions): void {
  if (cert !== "") readCertificate({ cert, key }, Date.now());
  if (clientCa !== "") readAuthorities(clientCa);
}

/** The handshake, which may fail: nothing is logged of those who do not get as far as a request. */
export function adminHandshake(tls: TlsServer): Secure {
  return async (socket, remoteAddress) => {
    try {
      return await tls.secure(socket, remoteAddress, ignore);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return undefined;
    }
  };
}

/** The connection ends by itself. */
function ignore(): void {}
