import type { Socket } from "node:net";

const BODY =
  "This port is for RTMP: open it with an encoder or a player, as rtmp:// or rtmps://, not with a browser.\n";
const HEAD = [
  "HTTP/1.1 404 Not Found",
  "Content-Type: text/plain; charset=utf-8",
  `Content-Length: ${BODY.length}`,
  "Cache-Control: no-store",
  "Connection: close",
  "\r\n",
].join("\r\n");

/** Tells whoever speaks HTTP where they have come to, and ends the connection, after `closeMs` at the latest. */
export function sendHttpNotice(socket: Socket, closeMs: number): void {
  const timer = setTimeout(() => socket.destroy(), closeMs);
  socket.once("close", () => clearTimeout(timer));
  // What follows is read and dropped: bytes left unread would make the system reset the connection and lose the reply.
  socket.on("data", () => {});
  socket.once("data", (request: Buffer) => {
    const isHead = request.subarray(0, 5).toString("latin1") === "HEAD ";
    socket.end(isHead ? HEAD : HEAD + BODY);
  });
}
