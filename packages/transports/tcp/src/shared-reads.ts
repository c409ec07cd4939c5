import { Socket, type SocketConstructorOpts } from "node:net";
import { TLSSocket } from "node:tls";

/** As much as Node.js reads at once by itself. Bytes. */
const READ_BYTES = 64 * 1024;

/** On Windows the system may write into the memory of several reads at once. */
const shared = process.platform === "win32" ? undefined : Buffer.alloc(READ_BYTES);

/** What Node.js shows of the connection below a socket only under this name. */
interface SocketHandle {
  reading: boolean;
  readStop(): number;
  useUserBuffer(memory: Uint8Array): void;
}

/** A socket that reads into the memory of all such sockets. */
export interface SharedReading {
  readonly socket: Socket;
  /** From now on the socket emits what it reads, as others do. */
  readonly end: () => void;
}

/**
 * Goes on with the connection of a socket in another one that reads into memory that all such sockets share: by itself Node.js
 * allocates 64 KiB for each read, which costs more than reading a message of RTMP. Begins with what was put back. `onBytes` may
 * use the bytes until it returns. Undefined if the connection cannot be read in this way: inside TLS, while something written
 * waits in the socket, or with a Node.js that has changed inside. When one of the sockets is closed the other is, too.
 */
export function readShared(socket: Socket, onBytes: (bytes: Buffer) => void): SharedReading | undefined {
  const handle = handleOf(socket);
  if (!shared || !handle || socket.writableLength > 0) return undefined;
  handle.readStop();
  handle.reading = false;
  setHandle(socket, null);
  let take: (bytes: Buffer) => unknown = onBytes;
  const callback = (length: number): boolean => take(shared.subarray(0, length)) !== false;
  const { writableHighWaterMark } = socket;
  const onread = { buffer: shared, callback };
  const other = new Socket({ handle, onread, writableHighWaterMark } as SocketConstructorOpts);
  socket.once("close", () => other.destroy());
  other.once("close", () => socket.destroy());
  process.nextTick(() => {
    const head: Buffer | null = other.destroyed ? null : socket.read();
    if (head) take(head);
  });
  const end = (): void => {
    take = (bytes) => other.push(Buffer.from(bytes));
  };
  return { socket: other, end };
}

function handleOf(socket: Socket): SocketHandle | undefined {
  if (socket instanceof TLSSocket || socket.destroyed) return undefined;
  const { _handle: handle } = socket as unknown as { readonly _handle?: Partial<SocketHandle> | null };
  const isUsable = typeof handle?.readStop === "function" && typeof handle.useUserBuffer === "function";
  return isUsable ? (handle as SocketHandle) : undefined;
}

function setHandle(socket: Socket, handle: null): void {
  (socket as unknown as { _handle: SocketHandle | null })._handle = handle;
}
