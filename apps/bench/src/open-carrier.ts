import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Carrier, type CarrierHandler, type Target, watch } from "./carrier.ts";
import { TunnelCarrier } from "./tunnel-carrier.ts";

const READ_BYTES = 256 * 1024;

/** All connections of the process read into the same memory, one after the other. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

export function openCarrier(target: Target, handler: CarrierHandler): Carrier {
  if (target.isTunnel) return new TunnelCarrier((onBytes) => openSocket(target, onBytes), handler);
  const reading = { isSeldom: false };
  const socket = openSocket(target, (bytes) => handler.onBytes(bytes), reading);
  socket.once(target.isTls ? "secureConnect" : "connect", () => handler.onOpen());
  watch(socket, handler);
  return {
    write: (bytes) => socket.write(bytes),
    readOnce: () => {
      reading.isSeldom = true;
      socket.resume();
    },
    destroy: () => socket.destroy(),
  };
}

function openSocket(
  { host, port, isTls }: Target,
  onBytes: (bytes: Uint8Array) => void,
  reading: { readonly isSeldom: boolean } = { isSeldom: false },
): Socket {
  if (isTls) {
    const socket = connectTls({ host, port, rejectUnauthorized: false });
    return socket.on("data", (bytes) => {
      onBytes(bytes);
      if (reading.isSeldom) socket.pause();
    });
  }
  const callback = (length: number): boolean => {
    onBytes(readBuffer.subarray(0, length));
    return !reading.isSeldom;
  };
  return connect({ host, port, noDelay: true, onread: { buffer: readBuffer, callback } });
}
