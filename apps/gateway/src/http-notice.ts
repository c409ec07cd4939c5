import type { IncomingMessage, ServerResponse } from "node:http";

const BODY =
  "This port is for RTMP: open it with an encoder or a player, as rtmp:// or rtmps://, not with a browser.\n";

/** Tells whoever speaks HTTP where they have come to, and ends the connection. */
export function sendHttpNotice(request: IncomingMessage, response: ServerResponse): void {
  // Bytes left unread would make the system reset the connection and lose the reply.
  request.once("end", () => answer(response));
  request.resume();
}

function answer(response: ServerResponse): void {
  response.writeHead(404, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": BODY.length,
    "Cache-Control": "no-store",
    Connection: "close",
  });
  response.end(BODY);
}
