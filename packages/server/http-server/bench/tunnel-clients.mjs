// The clients of tunnel.bench.mjs: a session for each connection, and one request under way in each.

import { once } from "node:events";
import { connect } from "node:net";

let sessions = [];

process.on("message", async ({ port, connections, requests, bodyLength }) => {
  if (port) sessions = await Promise.all(Array.from({ length: connections }, () => open(port)));
  else await Promise.all(sessions.map((session) => ask(session, requests, bodyLength)));
  process.send("done");
});
process.send("ready");

async function open(port) {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(post("/open/1"));
  const [reply] = await once(socket, "data");
  return { socket, sessionId: reply.toString("latin1").split("\r\n\r\n")[1].trim(), sequence: 0 };
}

/** Sends so many bytes, each in a request of its own, once the one before has had its reply. */
async function ask(session, requests, bodyLength) {
  const { socket, sessionId } = session;
  for (let i = 0; i < requests; i += 1) {
    socket.write(post(`/send/${sessionId}/${session.sequence}`));
    session.sequence += 1;
    await reply(socket, bodyLength);
  }
}

function post(path) {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-fcs\r\nContent-Length: 1\r\n\r\n\0`;
}

function reply(socket, bodyLength) {
  return new Promise((resolve, reject) => {
    let missing;
    socket.on("data", function take(bytes) {
      missing ??= lengthOf(bytes, bodyLength);
      missing -= bytes.length;
      if (missing > 0) return;
      socket.off("data", take);
      if (missing === 0) resolve();
      else reject(new Error("a reply is not what it should be"));
    });
  });
}

/** Of a whole reply, whose head is in one piece; negative if it is another one. */
function lengthOf(bytes, bodyLength) {
  const head = bytes.subarray(0, bytes.indexOf("\r\n\r\n") + 4);
  const isRight = head.includes("HTTP/1.1 200") && head.includes(`Content-Length: ${bodyLength}\r\n`);
  return isRight ? head.length + bodyLength : -1;
}
