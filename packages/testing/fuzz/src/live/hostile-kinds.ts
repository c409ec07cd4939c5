import { setTimeout as sleep } from "node:timers/promises";
import { ChunkEncoder } from "@headgate/chunk";
import { MessageType } from "@headgate/message";
import { type Random, randomCuts } from "@headgate/testkit";
import { joined, mutate } from "../mutate.ts";
import { mutatedSession } from "../mutated-session.ts";
import { amf0Message } from "../random-messages.ts";
import { HANDSHAKE_BYTES } from "../recorded-sessions.ts";
import { randomPreamble } from "../targets/connection-preamble.ts";
import { randomRequests } from "../targets/plain-http.ts";
import { APPLICATIONS } from "./battlefield.ts";
import { HostileSocket } from "./hostile-socket.ts";

/** One visit of a hostile client to the gateway on this port. */
type Visit = (port: number, random: Random) => Promise<void>;

/** The stream that honest clients publish and watch. Hostile clients may watch it as well. */
export const HONEST_STREAM = "live/honest";

/** The longest visit. Milliseconds. */
const LONG_MS = 4_000;

/** Connections, names or messages of a visit that floods. */
const STORM = 40;
const NAMES = 30;
const FLOOD_MESSAGES = 200_000;

const mutatedRtmp: Visit = (port, random) => session(new HostileSocket(port, random), random);

const mutatedRtmps: Visit = (port, random) => session(new HostileSocket(port, random, true), random);

/** A tunnel session whose requests have wrong numbers, a wrong order or other connections now and then. */
const mutatedTunnel: Visit = async (port, random) => {
  const sockets = Array.from({ length: 2 }, () => new HostileSocket(port, random, random.below(3) === 0));
  const id = await openTunnel(sockets[0]!);
  let sequence = random.below(2);
  for (const piece of randomCuts(aimed(random), random)) {
    sequence += random.pick([1, 1, 1, 1, 1, 0, 2, 5]);
    const command = random.pick(["send", "send", "send", "idle", random.pick(["close", "open"])]);
    const body = command === "send" ? piece : NOTHING;
    await random
      .pick(sockets)
      .write([post(`/${command}/${id}/${sequence}`, body)], random.pick([0, 0, 0, 20]));
  }
  await sleep(random.below(500));
  for (const socket of sockets) socket.leave(random);
};

/** Many unknown session ids on one connection, without reading the replies. */
const tunnelAbuse: Visit = async (port, random) => {
  const socket = new HostileSocket(port, random);
  if (random.below(2) === 0) socket.stopReading();
  const id = random.below(2) === 0 ? await openTunnel(socket) : "";
  const requests = Array.from({ length: 300 }, (_, index) => {
    const session = random.below(2) === 0 ? id : Buffer.from(random.bytes(12)).toString("hex");
    return post(
      `/${random.pick(["idle", "send", "open", "close"])}/${session}/${index}`,
      random.bytes(random.below(20)),
    );
  });
  await socket.write(requests);
  await sleep(random.below(1_000));
  socket.leave(random);
};

/** Records that are not TLS, from the first byte on or after a valid handshake. */
const tlsGarbage: Visit = async (port, random) => {
  const socket = new HostileSocket(port, random);
  const hello = Buffer.from("16030100c8010000c40303", "hex");
  const garbage = joined([hello, random.bytes(random.below(400))]);
  await socket.write(randomCuts(mutate(garbage, random, [garbage]), random), 1);
  await sleep(random.below(300));
  socket.leave(random);
};

const preambles: Visit = async (port, random) => {
  const socket = new HostileSocket(port, random);
  await socket.write([randomPreamble(random), aimed(random)], random.pick([0, 5]));
  await sleep(random.below(100));
  socket.leave(random);
};

/** Requests to the web server that two readers could understand differently. */
const smuggling: Visit = async (port, random) => {
  const socket = new HostileSocket(port, random, random.below(4) === 0);
  const requests = randomRequests(random);
  await socket.write(
    randomCuts(random.below(2) === 0 ? requests : mutate(requests, random, [requests]), random),
  );
  await sleep(random.below(300));
  socket.leave(random);
};

/** A request that comes a few bytes at a time and never ends. */
const slowHttp: Visit = async (port, random) => {
  const socket = new HostileSocket(port, random);
  const request = randomRequests(random);
  const pieces = Array.from({ length: 30 }, (_, index) => request.subarray(3 * index, 3 * index + 3));
  await socket.write(pieces, LONG_MS / pieces.length);
  socket.leave(random);
};

const storm: Visit = async (port, random) => {
  const sockets = Array.from(
    { length: STORM },
    () => new HostileSocket(port, random, random.below(10) === 0),
  );
  for (const socket of sockets) await socket.write([aimed(random).subarray(0, random.below(5_000))]);
  await sleep(random.below(50));
  for (const socket of sockets) socket.leave(random);
};

/** Plays a stream without a publisher. */
const waitingNames: Visit = async (port, random) => {
  const socket = new HostileSocket(port, random);
  const application = random.pick(["live", "pull"]);
  const names = Array.from({ length: NAMES }, () => Buffer.from(random.bytes(6)).toString("hex"));
  await socket.write([playing(application, names)]);
  await sleep(random.below(LONG_MS));
  socket.leave(random);
};

/** Plays the honest clients' stream, and reads none of it. */
const stalledViewer: Visit = async (port, random) => {
  const socket = new HostileSocket(port, random, random.below(3) === 0);
  const [application = "", name = ""] = HONEST_STREAM.split("/");
  await socket.write([playing(application, [name])]);
  await sleep(100);
  socket.stopReading();
  await sleep(LONG_MS);
  socket.leave(random);
};

/** As many messages as possible in as few bytes as possible. */
const hog: Visit = async (port, random) => {
  const socket = new HostileSocket(port, random);
  const isPublishing = random.below(2) === 0;
  const publish = amf0Message(MessageType.commandAmf0, 1, "publish", 0, null, `hog${random.u32()}`, "live");
  const encoder = new ChunkEncoder();
  const beginning = [connecting("live", encoder), ...(isPublishing ? [encoder.encode(publish, 3)] : [])];
  const empty = { type: random.pick([8, 9, 3, 20]), timestamp: 0, messageStreamId: 1, payload: NOTHING };
  // Twice: from the third on, a message is one byte.
  const flood = joined([encoder.encode(empty, 6), encoder.encode(empty, 6)]);
  await socket.write([...beginning, flood, new Uint8Array(FLOOD_MESSAGES).fill(0xc6)]);
  await sleep(random.below(LONG_MS));
  socket.leave(random);
};

export const HOSTILE_KINDS: Readonly<Record<string, Visit>> = {
  mutatedRtmp,
  mutatedRtmps,
  mutatedTunnel,
  tunnelAbuse,
  tlsGarbage,
  preambles,
  smuggling,
  slowHttp,
  storm,
  waitingNames,
  stalledViewer,
  hog,
};

const NOTHING = new Uint8Array(0);

async function session(socket: HostileSocket, random: Random): Promise<void> {
  const pieces = randomCuts(aimed(random), random);
  await socket.write(pieces, random.below(10) === 0 ? 2 : 0);
  await sleep(random.pick([0, 10, random.below(1_000)]));
  socket.leave(random);
}

/** A mutated session of a client of any of the applications. */
function aimed(random: Random): Uint8Array {
  const bytes = Buffer.from(mutatedSession(random, "client"));
  const application = random.pick(APPLICATIONS);
  for (let at = bytes.indexOf("live"); at >= 0; at = bytes.indexOf("live", at + 1))
    bytes.write(application, at);
  return bytes;
}

async function openTunnel(socket: HostileSocket): Promise<string> {
  await socket.write([post("/open/1", Uint8Array.of(0))]);
  for (let left = 20; left > 0 && !socket.isClosed; left -= 1) {
    await sleep(10);
    const id = /\r\n\r\n([A-Za-z0-9]+)\n/.exec(socket.take())?.[1];
    if (id !== undefined) return id;
  }
  return "none";
}

function post(target: string, body: Uint8Array): Uint8Array {
  const head = `POST ${target} HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n`;
  return joined([Buffer.from(head, "latin1"), body]);
}

/** A handshake and `connect`, without waiting for any answer. */
function connecting(application: string, encoder: ChunkEncoder): Uint8Array {
  const handshake = new Uint8Array(HANDSHAKE_BYTES);
  handshake[0] = 3;
  const connect = amf0Message(MessageType.commandAmf0, 0, "connect", 1, { app: application });
  return joined([handshake, encoder.encode(connect, 3)]);
}

function playing(application: string, names: readonly string[]): Uint8Array {
  const encoder = new ChunkEncoder();
  const plays = names.flatMap((name, index) => [
    encoder.encode(amf0Message(MessageType.commandAmf0, 0, "createStream", 2, null), 3),
    encoder.encode(amf0Message(MessageType.commandAmf0, index + 1, "play", 0, null, name, -2000), 8),
  ]);
  return joined([connecting(application, encoder), ...plays]);
}
