import { ChunkDecoder } from "@headgate/chunk";
import {
  ClientConnection,
  type Connection,
  type ConnectionLimits,
  ServerConnection,
  type Turn,
} from "@headgate/connection";
import { MessageType } from "@headgate/message";
import { type ClientEvent, RtmpUrl, type SessionEvent } from "@headgate/session";
import { type Random, randomCuts } from "@headgate/testkit";
import { check, refusalOf } from "../check.ts";
import { grant } from "../grant.ts";
import { joined } from "../mutate.ts";
import { mutatedSession } from "../mutated-session.ts";
import { HANDSHAKE_BYTES, TIMEOUTS } from "../recorded-sessions.ts";
import { randomOf } from "../seeds.ts";
import type { Target } from "../target.ts";

/** Small, so that inputs reach them. */
const LIMITS: ConnectionLimits = {
  chunk: { maxMessageBytes: 5000, maxPartialBytes: 15_000, maxChunkStreams: 12 },
  session: { amf: { maxDepth: 8, maxValues: 100 }, maxNetStreams: 4 },
  maxPendingOutputBytes: 20_000,
};

/** No limits whose effect depends on how the input is cut, such as those on input held or replies waiting at once. */
const CUT_INDEPENDENT_LIMITS: ConnectionLimits = {
  ...LIMITS,
  chunk: { ...LIMITS.chunk, maxPartialBytes: 1_000_000 },
  maxPendingOutputBytes: 10_000_000,
};

/** The length of C0 and C1, which are held in addition to messages. Bytes. */
const MAX_HANDSHAKE_BYTES = 1537;

/** Messages of one turn: so few that a peer with many has several turns. */
const MESSAGES_PER_TURN = 3;

/** A connection that needs more turns than this never ends. */
const MAX_TURNS = 1_000_000;

const URL = RtmpUrl.parse("rtmp://localhost/live/cam?key=value")!;

export const serverConnection: Target = {
  name: "server-connection",
  make: (random) => mutatedSession(random, "client"),
  run: (input) => runInEveryWay(input, serve),
};

/** The first byte chooses between playing and publishing; the rest is the server's output. */
export const clientConnection: Target = {
  name: "client-connection",
  make: (random) => joined([Uint8Array.of(random.below(256)), mutatedSession(random, "server")]),
  run(input) {
    const purpose = (input[0] ?? 0) % 2 === 0 ? "play" : "publish";
    runInEveryWay(input.subarray(1), (limits) => ask(limits, purpose));
  },
};

/** A connection, and the answers to its events. */
interface Subject<Event extends { readonly kind: string }> {
  readonly connection: Connection<Event>;
  answer(event: Event): void;
}

function serve(limits: ConnectionLimits): Subject<SessionEvent> {
  const random = (length: number) => new Uint8Array(length);
  const options = { random, chunkSize: 4096, ackWindow: 10_000, rtmpe: false, limits, timeouts: TIMEOUTS };
  const connection = new ServerConnection(options, 0);
  return { connection, answer: (event) => grant(event, connection.session) };
}

function ask(limits: ConnectionLimits, purpose: "play" | "publish"): Subject<ClientEvent> {
  const handshake = { random: (length: number) => new Uint8Array(length), kind: "simple" } as const;
  const session = { url: URL, purpose, flashVersion: "LNX 9,0,124,2", chunkSize: 4096 };
  const connection = new ClientConnection(
    { ackWindow: 10_000, limits, timeouts: TIMEOUTS, handshake, session },
    0,
  );
  return { connection, answer: () => {} };
}

/** Checks either that the input ends well in cuts with passing time, or that all cuts give the same: the input decides. */
function runInEveryWay<Event extends { readonly kind: string }>(
  input: Uint8Array,
  start: (limits: ConnectionLimits) => Subject<Event>,
): void {
  const random = randomOf(input);
  if (random.below(4) > 0) return void drive(start(LIMITS), randomCuts(input, random), LIMITS, random);
  const whole = drive(start(CUT_INDEPENDENT_LIMITS), [input], CUT_INDEPENDENT_LIMITS);
  const cut = drive(start(CUT_INDEPENDENT_LIMITS), randomCuts(input, random), CUT_INDEPENDENT_LIMITS);
  check(whole.events === cut.events, `in one piece:\n${whole.events}\nin several:\n${cut.events}`);
  check(
    withoutAcknowledgements(whole) === withoutAcknowledgements(cut),
    "the answers depend on how the input is cut",
  );
}

interface Outcome {
  /** A line for each event, and one for the end. */
  readonly events: string;
  readonly output: readonly Uint8Array[];
}

/** With `pace`, time passes between the pieces, and each turn takes few messages. */
function drive<Event extends { readonly kind: string }>(
  { connection, answer }: Subject<Event>,
  pieces: readonly Uint8Array[],
  limits: ConnectionLimits,
  pace?: Random,
): Outcome {
  let events = "";
  let nowMs = 0;
  const output: Uint8Array[] = [];
  const driver = {
    onEvent(event: Event) {
      events += `${readable(event)}\n`;
      answer(event);
    },
    onOutput(bytes: Uint8Array) {
      output.push(bytes);
      const mayBeLong = connection.isPaced || bytes.length <= limits.maxPendingOutputBytes;
      check(mayBeLong, `${bytes.length} bytes are answered at once`);
    },
  };
  // A client sends first.
  connection.poll(driver, nowMs);
  for (const piece of pieces) {
    if (pace?.below(6) === 0) nowMs = passTime(connection, nowMs, pace);
    const refusal = refusalOf(() => {
      connection.receive(piece, nowMs);
      poll(connection, driver, nowMs, pace !== undefined);
    });
    if (refusal) return { events: events + refusal, output };
    const held = connection.bufferedBytes;
    check(held <= limits.chunk.maxPartialBytes + MAX_HANDSHAKE_BYTES, `${held} bytes are held`);
  }
  return { events, output };
}

function poll<Event extends { readonly kind: string }>(
  connection: Connection<Event>,
  driver: { onEvent(event: Event): void; onOutput(bytes: Uint8Array): void },
  nowMs: number,
  isPaced: boolean,
): void {
  if (!isPaced) return void connection.poll(driver, nowMs);
  for (let turns = 0; !connection.poll(driver, nowMs, shortTurn()); turns += 1) {
    check(turns < MAX_TURNS, "it never gets through its messages");
  }
}

function shortTurn(): Turn {
  let left = MESSAGES_PER_TURN + 1;
  return {
    goesOn() {
      left -= 1;
      return left > 0;
    },
  };
}

/** A timeout that was handled is not due again at once. */
function passTime<Event extends { readonly kind: string }>(
  connection: Connection<Event>,
  nowMs: number,
  random: Random,
): number {
  const laterMs = nowMs + random.below(40_000);
  for (let left = 10; connection.nextTimeoutMs <= laterMs; left -= 1) {
    check(left > 0, "a timeout comes again and again");
    if (connection.handleTimeout(laterMs)) break;
  }
  return laterMs;
}

/** Leaves out Acknowledgements: they report how much has come, and alone depend on how the input is cut. */
function withoutAcknowledgements({ output }: Outcome): string {
  const bytes = joined(output);
  const decoder = new ChunkDecoder(CUT_INDEPENDENT_LIMITS.chunk);
  decoder.push(bytes.subarray(HANDSHAKE_BYTES));
  let text = Buffer.from(bytes.subarray(0, HANDSHAKE_BYTES)).toString("latin1");
  for (let message = decoder.next(); message; message = decoder.next()) {
    if (message.type !== MessageType.acknowledgement) text += `${readable(message)}\n`;
  }
  return text;
}

/** An event as text. A repeated object is a number, because AMF3 values may contain themselves. */
function readable(event: object): string {
  const seen = new Map<object, number>();
  return JSON.stringify(event, (_, value: unknown) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
    if (typeof value !== "object" || value === null) return value;
    const number = seen.get(value);
    if (number !== undefined) return `object ${number}`;
    seen.set(value, seen.size);
    return value;
  });
}
