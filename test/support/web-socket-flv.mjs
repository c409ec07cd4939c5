// FLV over a WebSocket, by the client of undici, which browsers would have:
//
//   node web-socket-flv.mjs play URL FILE       writes what comes, until the server closes
//   node web-socket-flv.mjs publish FILE URL    sends a file in pieces of odd lengths, in the time that its stream takes
//
// It ends with exit code 1 unless the connection is closed with code 1000, and prints the code and the reason.
import { createWriteStream, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "undici";

const [task, from, to] = process.argv.slice(2);
const PIECE_BYTES = 4_099;
const NORMAL = 1000;

function open(url, protocols) {
  const socket = new WebSocket(url, protocols);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("close", ({ code, reason }) => {
    process.stderr.write(`${code} ${reason}\n`);
    process.exitCode = code === NORMAL ? 0 : 1;
  });
  return socket;
}

if (task === "play") {
  const file = createWriteStream(to);
  open(from, []).addEventListener("message", ({ data }) => file.write(Buffer.from(data)));
} else {
  const bytes = readFileSync(from);
  const socket = open(to, ["publisher"]);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const lastTimestamp = durationOf(bytes);
  const startMs = Date.now();
  for (let at = 0; at < bytes.length && socket.readyState === WebSocket.OPEN; at += PIECE_BYTES) {
    socket.send(bytes.subarray(at, at + PIECE_BYTES));
    await sleep(startMs + (lastTimestamp * at) / bytes.length - Date.now());
  }
  socket.close(NORMAL);
}

/** The timestamp of the last tag, which its size leads to. Milliseconds. */
function durationOf(flv) {
  const tag = flv.length - 4 - flv.readUInt32BE(flv.length - 4);
  return flv.readUIntBE(tag + 4, 3) | (flv[tag + 7] << 24);
}
