import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Carrier, type CarrierHandler, type Target, watch } from "./carrier.ts";
import { TunnelCarrier } from "./tunnel-carrier.ts";

const READ_BYTES = 256 * 1024;

/** All connections of the process read into the same memory, one after the other. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

export function openCarrier(target: Target, handler: CarrierHandler): Carrier {
  if (target.isTunnel) return new TunnelCarrier((onBytes) => openSocket(target, onBytes), handler);
  const socket = openSocket(target, (bytes) => handler.onBytes(bytes));
  socket.once(target.isTls ? "secureConnect" : "connect", () => handler.onOpen());
  watch(socket, handler);
  return { write: (bytes) => socket.write(bytes), destroy: () => socket.destroy() };
}

function openSocket({ host, port, isTls }: Target, onBytes: (bytes: Uint8Array) => void): Socket {
  if (isTls) {
    return connectTls({ host, port, rejectUnauthorized: false }).on("data", onBytes);
  }
  const callback = (length: number): boolean => {
    onBytes(readBuffer.subarray(0, length));
    return true;
  };
  return connect({ host, port, noDelay: true, onread: { buffer: readBuffer, callback } });
}
