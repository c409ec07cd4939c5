import type { Socket } from "node:net";
import { ProtocolError } from "@headgate/bytes";
import { type Faults, Guard } from "@headgate/transport";

/** RFC 8446 §5.1, and what an old version may add. */
const MAX_RECORD_BYTES: number = 16 * 1024 + 2048;

const HEADER_BYTES = 5;

/** A piece costs some hundred bytes besides its own, of which there may be one: so many are made one. */
const MAX_PIECES = 64;

const HANDSHAKE = 22;

/**
 * Resolves with what has come when that holds the client's first record, and leaves it to be read: until then a client costs no
 * more than its bytes. OpenSSL refuses anything that does not begin like a record. Rejects with a ProtocolError.
 */
export function firstRecord(socket: Socket, deadlineMs: number, faults: Faults): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let received = 0;
    const guard = new Guard(faults, "connection", reject);
    const leave = (): void => {
      clearTimeout(timer);
      socket.off("readable", onReadable);
      socket.off("close", onClose);
    };
    const fail = (reason: string): void => {
      leave();
      reject(new ProtocolError("TLS_HANDSHAKE_FAILED", `the TLS handshake failed: ${reason}`));
    };
    const onReadable = guard.entry(() => {
      const piece: Buffer | null = socket.read();
      if (piece === null) return;
      pieces.push(piece);
      received += piece.length;
      if (pieces.length === MAX_PIECES) pieces.splice(0, MAX_PIECES, Buffer.concat(pieces));
      if (!isWhole(pieces, received)) return;
      leave();
      const bytes = Buffer.concat(pieces);
      socket.unshift(bytes);
      resolve(bytes);
    });
    const onClose = guard.entry(() => fail("the connection ended"));
    const onTimeout = guard.entry(() => fail("it takes too long"));
    const timer = setTimeout(onTimeout, deadlineMs - performance.now());
    socket.on("readable", onReadable);
    socket.once("close", onClose);
  });
}

function isWhole(pieces: readonly Buffer[], received: number): boolean {
  if (received < HEADER_BYTES) return false;
  const header = Buffer.concat(pieces.slice(0, HEADER_BYTES));
  const length = header.readUInt16BE(3);
  return header[0] !== HANDSHAKE || length > MAX_RECORD_BYTES || received >= HEADER_BYTES + length;
}
