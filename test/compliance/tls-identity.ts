import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { TlsServer } from "@headgate/tls";

const HEADGATE = fileURLToPath(new URL("../../apps/headgate/dist/main.js", import.meta.url));

/** TLS with a certificate of its own, made as a user would. */
export function newTlsServer(): TlsServer {
  const folder = mkdtempSync(join(tmpdir(), "headgate-compliance-"));
  execFileSync(process.execPath, [HEADGATE, "certs", "init", "--folder", folder]);
  const server = new TlsServer({
    certificates: [{ cert: join(folder, "server.crt"), key: join(folder, "server.key") }],
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    handshakeMs: 10_000,
    faults: { report: (_, error) => fail(error), unrecoverable: fail },
  });
  rmSync(folder, { recursive: true });
  return server;
}

/** A TLS connection of which either side ends on its own, and the TCP connection below it. */
export async function dialTls(port: number): Promise<{ secured: TLSSocket; carrier: Socket }> {
  const carrier = connectTcp({ host: "127.0.0.1", port, allowHalfOpen: true });
  carrier.on("error", () => {});
  await once(carrier, "connect");
  // Not in the types of connect(), which passes it on to the socket all the same.
  const halfOpen: ConnectionOptions & { readonly allowHalfOpen: true } = {
    socket: carrier,
    allowHalfOpen: true,
    rejectUnauthorized: false,
  };
  return { secured: connect(halfOpen), carrier };
}

function fail(error: unknown): never {
  throw error;
}
