import { Socket, type SocketConstructorOpts } from "node:net";

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

type OnBytes = (bytes: Buffer) => void;

/**
 * A socket that reads into the memory of all such sockets: by itself Node.js allocates 64 KiB for each read, which costs more than
 * reading a message of RTMP. It emits copies of what it reads until a reader takes the bytes from there.
 */
export class SharedReadSocket extends Socket {
  #onBytes: OnBytes | undefined;

  constructor(options: SocketConstructorOpts) {
    const onread = shared && { buffer: shared, callback: (length: number) => this.#receive(length) };
    super({ ...options, onread } as SocketConstructorOpts);
  }

  /** From now on, beginning with what was put back, bytes go to `onBytes`, which may use them until it returns. */
  readInto(onBytes: OnBytes): void {
    this.#onBytes = onBytes;
    let head: Buffer | null = null;
    // Queued first, so that it comes before the `end` that reading the head may cause.
    process.nextTick(() => {
      if (head && !this.destroyed) this.#deliver(head);
    });
    head = this.read();
  }

  /** From now on it emits what it reads. */
  emitAgain(): void {
    this.#onBytes = undefined;
  }

  /** Returns whether to read more at once. */
  #receive(length: number): boolean {
    return this.#deliver(shared!.subarray(0, length));
  }

  #deliver(bytes: Buffer): boolean {
    if (!this.#onBytes) return this.push(Buffer.from(bytes));
    this.#onBytes(bytes);
    return true;
  }
}

/**
 * Makes a connection that was accepted that of another socket, which can share its reads, and leaves nothing of the first one.
 * Returns the first one if Node.js has changed inside, or if the connection is gone.
 */
export function withSharedReads(accepted: Socket): Socket {
  const handle = handleOf(accepted);
  if (!shared || !handle) return accepted;
  handle.readStop();
  handle.reading = false;
  setHandle(accepted, null);
  const { writableHighWaterMark } = accepted;
  const socket = new SharedReadSocket({ handle, writableHighWaterMark } as SocketConstructorOpts);
  accepted.destroy();
  return socket;
}

/**
 * Hands bytes of the socket to `onBytes`, which may use them until it returns. After a call of the function that is returned the
 * socket emits what it reads.
 */
export function readFrom(socket: Socket, onBytes: OnBytes): () => void {
  if (shared && socket instanceof SharedReadSocket) {
    socket.readInto(onBytes);
    return () => socket.emitAgain();
  }
  socket.on("data", onBytes);
  return () => socket.off("data", onBytes);
}

function handleOf(socket: Socket): SocketHandle | undefined {
  if (socket.destroyed) return undefined;
  const { _handle: handle } = socket as unknown as { readonly _handle?: Partial<SocketHandle> | null };
  const isUsable = typeof handle?.readStop === "function" && typeof handle.useUserBuffer === "function";
  return isUsable ? (handle as SocketHandle) : undefined;
}

function setHandle(socket: Socket, handle: null): void {
  (socket as unknown as { _handle: SocketHandle | null })._handle = handle;
}
