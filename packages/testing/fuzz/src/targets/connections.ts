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
import { joined } from "../mutate.ts";
import { mutatedSession } from "../mutated-session.ts";
import { grant, HANDSHAKE_BYTES, TIMEOUTS } from "../recorded-sessions.ts";
import { randomOf } from "../seeds.ts";
import type { Target } from "../target.ts";

/** Small, so that inputs reach them. */
const LIMITS: ConnectionLimits = {
  chunk: { maxMessageBytes: 5000, maxPartialBytes: 15_000, maxChunkStreams: 12 },
  session: { amf: { maxDepth: 8, maxValues: 100 }, maxNetStreams: 4 },
  maxPendingOutputBytes: 20_000,
};

/** No limit that depends on how the input is cut: how much is held or answered at once does. */
const CUT_INDEPENDENT_LIMITS: ConnectionLimits = {
  ...LIMITS,
  chunk: { ...LIMITS.chunk, maxPartialBytes: 1_000_000 },
  maxPendingOutputBytes: 10_000_000,
};

/** C0 and C1, which are held besides messages. Bytes. */
const MAX_HANDSHAKE_BYTES = 1537;

/** So few messages at a time that a peer with many has several turns. */
const MESSAGES_PER_TURN = 3;

/** After so many turns without an end a connection goes round in circles. */
const MAX_TURNS = 1_000_000;

const URL = RtmpUrl.parse("rtmp://localhost/live/cam?key=value")!;

export const serverConnection: Target = {
  name: "server-connection",
  make: (random) => mutatedSession(random, "client"),
  run: (input) => runInEveryWay(input, serve),
};

/** The first byte chooses between playing and publishing; the rest is what the server says. */
export const clientConnection: Target = {
  name: "client-connection",
  make: (random) => joined([Uint8Array.of(random.below(256)), mutatedSession(random, "server")]),
  run(input) {
    const purpose = (input[0] ?? 0) % 2 === 0 ? "play" : "publish";
    runInEveryWay(input.subarray(1), (limits) => ask(limits, purpose));
  },
};

/** A connection, and what it is answered with. */
interface Subject<Event extends { readonly kind: string }> {
  readonly connection: Connection<Event>;
  answer(event: Event): void;
}

function serve(limits: ConnectionLimits): Subject<SessionEvent> {
  const random = (length: number) => new Uint8Array(length);
  const options = { random, chunkSize: 4096, ackWindow: 10_000, rtmpe: false, limits, timeouts: TIMEOUTS };
  const connection = new ServerConnection(options, 0);
  return { connection, answer: (event) => grant(connection, event) };
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

/** Cut anywhere, with time that passes, or the same however it is cut: which of them depends on the input. */
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
  /** One a line, and how it ended. */
  readonly events: string;
  readonly output: readonly Uint8Array[];
}

/** `pace` lets time pass between the pieces, and looks at few messages at a time. */
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
  // A client speaks before it is spoken to.
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

/** A timeout that was looked after does not come again at once. */
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

/** An Acknowledgement tells how much has come, and so depends on how it was cut; nothing else does. */
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

/** The whole of an event as text. An object that has been before is a number: AMF3 values may hold themselves. */
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
