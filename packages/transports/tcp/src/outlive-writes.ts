import type { Socket } from "node:net";

type OnWritten = (error?: Error | null) => void;

/** What a stream is told to write by Node.js: one write after the other. */
interface Writes {
  _write(chunk: unknown, encoding: BufferEncoding, onWritten: OnWritten): void;
  _writev(chunks: unknown, onWritten: OnWritten): void;
}

/** The peer has closed its side, or reset the connection. */
const PEER_HAS_GONE: ReadonlySet<string | undefined> = new Set(["EPIPE", "ECONNRESET"]);

/**
 * Has the socket read what its peer has sent before it went, whenever that is read. By itself Node.js throws it away with the socket
 * when it writes to such a peer. What is written from then on is lost, as it is anyway, and the socket closes with the error of the
 * write where its input ends.
 */
export function outliveWrites(socket: Socket): void {
  const writes = socket as unknown as Writes;
  const write = writes._write;
  const writeTogether = writes._writev;
  let failure: NodeJS.ErrnoException | undefined;
  let onWritten: OnWritten | undefined;
  // One for all writes, because it is called for each.
  const onEnd: OnWritten = (error) => {
    const told = onWritten!;
    if (!error || !PEER_HAS_GONE.has((error as NodeJS.ErrnoException).code)) return told(error);
    failure = error;
    told();
  };
  writes._write = (chunk, encoding, told) => {
    if (failure) return told();
    onWritten = told;
    write.call(socket, chunk, encoding, onEnd);
  };
  writes._writev = (chunks, told) => {
    if (failure) return told();
    onWritten = told;
    writeTogether.call(socket, chunks, onEnd);
  };
  socket.on("end", () => {
    if (failure) socket.destroy(failure);
  });
}
