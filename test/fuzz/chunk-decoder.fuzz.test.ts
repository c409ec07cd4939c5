import { ProtocolError } from "@headgate/bytes";
import { ChunkDecoder, ChunkEncoder, type ChunkLimits } from "@headgate/chunk";
import { abort, setChunkSize } from "@headgate/message";
import { decodeInEveryCut, Random, randomCuts } from "@headgate/testkit";
import { describe, expect, it } from "vitest";

const CASES_PER_TEST = 250;
/** Small, so that random input reaches them. */
const LIMITS: ChunkLimits = { maxMessageBytes: 3000, maxPartialBytes: 9000, maxChunkStreams: 8 };
/** No limit that depends on how the input was cut: how much memory is taken at once does. */
const CUT_INDEPENDENT_LIMITS: ChunkLimits = { ...LIMITS, maxPartialBytes: 8 * 3000 };

interface Outcome {
  /** Type, timestamp, message stream and payload of each message. */
  readonly messages: readonly string[];
  readonly payloadBytes: number;
  readonly error: string | undefined;
}

/** Decodes until the input ends or is refused, and checks after every piece what the decoder holds. */
function decode(pieces: readonly Uint8Array[], limits: ChunkLimits): Outcome {
  const decoder = new ChunkDecoder(limits);
  const messages: string[] = [];
  let payloadBytes = 0;
  try {
    for (const piece of pieces) {
      decoder.push(piece);
      for (let message = decoder.next(); message; message = decoder.next()) {
        const { type, timestamp, messageStreamId, payload } = message;
        messages.push(`${type} ${timestamp} ${messageStreamId} ${Buffer.from(payload).toString("hex")}`);
        payloadBytes += payload.length;
      }
      if (decoder.pendingBytes !== 0) expect.unreachable("input is left when the decoder wants more");
      checkHeld(decoder, limits);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    checkHeld(decoder, limits);
    return { messages, payloadBytes, error: error.code };
  }
  return { messages, payloadBytes, error: undefined };
}

function checkHeld({ partialBytes }: ChunkDecoder, { maxPartialBytes }: ChunkLimits): void {
  const held = partialBytes >= 0 && partialBytes <= maxPartialBytes;
  if (!held) expect.unreachable(`the decoder holds ${partialBytes} bytes`);
}

function randomInput(random: Random): Uint8Array {
  return random.bytes(random.below(3000));
}

/** Chunks that go together most of the time, of messages that a peer begins on many chunk streams. */
function randomChunks(random: Random): Uint8Array {
  const input: number[] = [];
  const streams = new Map<number, { length: number; left: number; extended: boolean }>();
  for (let i = random.below(60); i > 0; i -= 1) {
    const id = 2 + random.below(12);
    const known = streams.get(id);
    const format = random.below(20) === 0 ? random.below(4) : known ? 3 : 0;
    const length = random.pick([0, 4, 4, 4, 200, 200, 1500, 3000, random.below(3005)]);
    const stream = known ?? { length, left: length, extended: random.below(2) === 0 };
    streams.set(id, stream);
    input.push((format << 6) | id);
    if (format < 3) input.push(...(stream.extended ? [255, 255, 255] : [0, 0, 20]));
    if (format < 2) input.push(0, length >> 8, length & 0xff, random.pick([1, 2, 3, 8, 9, 9]));
    if (format === 0) input.push(1, 0, 0, 0);
    const count = Math.min(stream.left, 128);
    if (stream.extended && (format < 3 || random.below(2) === 0)) input.push(1, 2, 3, 4);
    input.push(...random.bytes(count));
    stream.left = stream.left > count ? stream.left - count : stream.length;
  }
  return Uint8Array.from(input);
}

function encodedInput(random: Random): Uint8Array {
  const encoder = new ChunkEncoder();
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < 20; i += 1) {
    const chunkStreamId = random.pick([2, 4, 6, 64, 320]);
    const payload = random.bytes(random.below(random.pick([5, 300, 2000])));
    const timestamp = random.pick([0, 20, 40, 60, 0xffffff, 0x1000000]);
    const message = { type: random.pick([8, 9, 20]), timestamp, messageStreamId: 1, payload };
    pieces.push(encoder.encode(message, chunkStreamId));
    if (random.below(6) === 0) pieces.push(encoder.encode(abort(chunkStreamId), 2));
    if (random.below(6) > 0) continue;
    const chunkSize = random.pick([1, 64, 1000, 60_000]);
    pieces.push(encoder.encode(setChunkSize(chunkSize), 2));
    encoder.useChunkSize(chunkSize);
  }
  return Buffer.concat(pieces);
}

/** Valid input in which a few bytes were changed, or a stretch lost or sent twice. */
function mutatedInput(random: Random): Uint8Array {
  const input = encodedInput(random);
  for (let i = random.below(4); i > 0; i -= 1) input[random.below(input.length)] = random.below(256);
  const from = random.below(input.length);
  const to = from + random.below(200);
  const stretch = random.pick([[], [input.subarray(from, to), input.subarray(from, to)]]);
  if (random.below(2) === 0) return input;
  return Buffer.concat([input.subarray(0, from), ...stretch, input.subarray(to)]);
}

const INPUTS = { random: randomInput, "chunk-like": randomChunks, mutated: mutatedInput };

describe.each(Object.entries(INPUTS))("chunk decoder with %s input", (_, input) => {
  const seeds = Array.from({ length: CASES_PER_TEST }, (_, i) => i + 1);

  it("throws only ProtocolError, holds no more than its limit and returns no more than it was given", () => {
    for (const seed of seeds) {
      const random = new Random(seed);
      const bytes = input(random);
      const { messages, payloadBytes } = decode(randomCuts(bytes, random), LIMITS);
      expect(messages.length + payloadBytes, `seed ${seed}`).toBeLessThanOrEqual(bytes.length);
    }
  });

  it("comes to the same messages and the same error however the input is cut", () => {
    for (const seed of seeds) {
      const random = new Random(seed);
      const outcomes = decodeInEveryCut(input(random), random, (pieces) =>
        decode(pieces, CUT_INDEPENDENT_LIMITS),
      );
      expect(outcomes.byteByByte, `seed ${seed}`).toEqual(outcomes.whole);
      expect(outcomes.randomCuts, `seed ${seed}`).toEqual(outcomes.whole);
    }
  });
});

describe("the inputs above", () => {
  it("reach messages, and every error a decoder can come to", () => {
    const seen = new Set<string | undefined>();
    let messages = 0;
    for (const input of Object.values(INPUTS)) {
      for (let seed = 1; seed <= CASES_PER_TEST; seed += 1) {
        const outcome = decode([input(new Random(seed))], LIMITS);
        seen.add(outcome.error);
        messages += outcome.messages.length;
      }
    }
    expect(messages).toBeGreaterThan(CASES_PER_TEST);
    expect([...seen].sort()).toEqual([
      "CHUNK_BUFFER_EXCEEDED",
      "CHUNK_HEADER_MISSING",
      "CHUNK_INTERRUPTED",
      "CHUNK_SIZE_INVALID",
      "CHUNK_STREAMS_EXCEEDED",
      "MESSAGE_TOO_LONG",
      "MESSAGE_TRUNCATED",
      undefined,
    ]);
  });
});
