import { ProtocolError } from "@headgate/bytes";
import { type ConnectionLimits, ServerConnection } from "@headgate/connection";
import { grant } from "@headgate/fuzz/grant";
import type { SessionEvent } from "@headgate/session";
import { decodeInEveryCut, kept, Random, randomCuts } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { TIMEOUTS } from "../simulation/pair.ts";
import { HOSTILE_CLIENTS } from "./hostile-clients.ts";

const CASES_PER_TEST = 150;
const CUT_CASES_PER_TEST = 15;

/** Small, so that a hostile client reaches them. */
const LIMITS: ConnectionLimits = {
  chunk: { maxMessageBytes: 5000, maxPartialBytes: 15_000, maxChunkStreams: 10 },
  session: { amf: { maxDepth: 8, maxValues: 60 }, maxNetStreams: 4 },
  maxPendingOutputBytes: 20_000,
};
/** No limit that depends on how the input was cut: how much is held or answered at once does. */
const CUT_INDEPENDENT_LIMITS: ConnectionLimits = {
  ...LIMITS,
  chunk: { ...LIMITS.chunk, maxPartialBytes: 1_000_000 },
  maxPendingOutputBytes: 1_000_000,
};
/** What may be held besides unfinished messages: C0 and C1. */
const MAX_HANDSHAKE_BYTES = 1537;

interface Outcome {
  readonly events: readonly SessionEvent[];
  /** Latin-1, which compares fast. */
  readonly output: string;
  readonly error: string | undefined;
}

/** Runs a server that grants everything until the input ends or is refused, and checks after every piece what it holds. */
function serve(pieces: readonly Uint8Array[], limits: ConnectionLimits): Outcome {
  const random = (length: number) => new Uint8Array(length);
  const options = { random, chunkSize: 4096, ackWindow: 2 ** 31, rtmpe: false, limits, timeouts: TIMEOUTS };
  const connection = new ServerConnection(options, 0);
  const events: SessionEvent[] = [];
  let output = "";
  const driver = {
    onEvent(event: SessionEvent) {
      events.push(kept(event));
      grant(event, connection.session);
    },
    onOutput(bytes: Uint8Array) {
      output += Buffer.from(bytes).toString("latin1");
      expect(bytes.length).toBeLessThanOrEqual(limits.maxPendingOutputBytes);
    },
  };
  for (const piece of pieces) {
    const error = codeOf(() => {
      connection.receive(piece, 0);
      connection.poll(driver, 0);
    });
    if (error) return { events, output, error };
    expect(connection.bufferedBytes).toBeLessThanOrEqual(limits.chunk.maxPartialBytes + MAX_HANDSHAKE_BYTES);
  }
  return { events, output, error: undefined };
}

/** The code of the ProtocolError the action ends in; any other error is a defect of this side. */
function codeOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.code;
  }
}

function inSeed<T>(seed: number, run: (random: Random) => T): T {
  try {
    return run(new Random(seed));
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  }
}

describe.each(Object.entries(HOSTILE_CLIENTS))("a connection given %s", (_, client) => {
  it("throws only ProtocolError and holds no more than its limits", () => {
    for (let seed = 1; seed <= CASES_PER_TEST; seed += 1) {
      inSeed(seed, (random) => serve(randomCuts(client(random), random), LIMITS));
    }
  });

  it("comes to the same events, output and error however the input is cut", () => {
    for (let seed = 1; seed <= CUT_CASES_PER_TEST; seed += 1) {
      inSeed(seed, (random) => {
        const outcomes = decodeInEveryCut(client(random), random, (pieces) =>
          serve(pieces, CUT_INDEPENDENT_LIMITS),
        );
        expect(outcomes.byteByByte).toEqual(outcomes.whole);
        expect(outcomes.randomCuts).toEqual(outcomes.whole);
      });
    }
  });
});

describe("the clients above", () => {
  const errors = new Set<string | undefined>();
  const kinds = new Set<string>();
  for (const client of Object.values(HOSTILE_CLIENTS)) {
    for (let seed = 1; seed <= CASES_PER_TEST; seed += 1) {
      const { events, error } = serve([client(new Random(seed))], LIMITS);
      errors.add(error);
      for (const { kind } of events) kinds.add(kind);
    }
  }

  it("reach every kind of event", () => {
    expect([...kinds].sort()).toEqual([
      "bufferLengthChanged",
      "closeRequested",
      "connectRequested",
      "data",
      "dataCleared",
      "media",
      "pauseRequested",
      "playRequested",
      "publishRequested",
      "receiveRequested",
      "refused",
      "seekRequested",
      "stopped",
      "streamLengthRequested",
    ]);
  });

  it("reach every error there is behind the handshake", () => {
    expect([...errors].sort()).toEqual([
      "AGGREGATE_INVALID",
      "AMF_DEPTH_EXCEEDED",
      "AMF_MARKER_UNKNOWN",
      "AMF_REFERENCE_INVALID",
      "AMF_SIZE_EXCEEDED",
      "AMF_TRUNCATED",
      "CHUNK_BUFFER_EXCEEDED",
      "CHUNK_HEADER_MISSING",
      "CHUNK_INTERRUPTED",
      "CHUNK_SIZE_INVALID",
      "CHUNK_STREAMS_EXCEEDED",
      "COMMAND_BEFORE_CONNECT",
      "COMMAND_INVALID",
      "MESSAGE_TOO_LONG",
      "MESSAGE_TRUNCATED",
      "NET_STREAMS_EXCEEDED",
      "OUTPUT_EXCEEDED",
      undefined,
    ]);
  });
});
