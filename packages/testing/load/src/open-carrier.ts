import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Carrier, type CarrierHandler, type Target, watch } from "./carrier.ts";
import { secureContextFor, type Trust } from "./trust.ts";
import { TunnelCarrier } from "./tunnel-carrier.ts";

const READ_BYTES = 256 * 1024;

const TLS_READ_MS = 5;

/** All connections of the process read into the same memory, one after the other. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

export function openCarrier(target: Target, trust: Trust, handler: CarrierHandler): Carrier {
  if (target.isTunnel) return new TunnelCarrier((onBytes) => openSocket(target, trust, onBytes), handler);
  const reading = { isSeldom: false };
  const socket = openSocket(target, trust, (bytes) => handler.onBytes(bytes), reading);
  socket.once(target.isSecure ? "secureConnect" : "connect", () => handler.onOpen());
  watch(socket, handler);
  return {
    // It may still read what came before the end.
    write: (bytes) => {
      if (socket.writable) socket.write(bytes);
    },
    readOnce: () => {
      reading.isSeldom = true;
      socket.resume();
      // What has come lies there in pieces of 16 KB, and more than one is to be read.
      if (target.isSecure) setTimeout(() => socket.pause(), TLS_READ_MS);
    },
    pause: () => socket.pause(),
    destroy: () => socket.destroy(),
  };
}

function openSocket(
  { host, port, isSecure }: Target,
  trust: Trust,
  onBytes: (bytes: Uint8Array) => void,
  reading: { readonly isSeldom: boolean } = { isSeldom: false },
): Socket {
  if (isSecure) {
    const secureContext = secureContextFor(trust);
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const options = { host, port, secureContext, rejectUnauthorized: !trust.insecure, ...servername };
    return connectTls(options).on("data", onBytes);
  }
  const callback = (length: number): boolean => {
    onBytes(readBuffer.subarray(0, length));
    return !reading.isSeldom;
  };
  return connect({ host, port, noDelay: true, onread: { buffer: readBuffer, callback } });
}
