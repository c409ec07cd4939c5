import { ChunkDecoder, ChunkEncoder, type ChunkLimits } from "@headgate/chunk";
import { type Message, MessageType, setChunkSize } from "@headgate/message";
import { type Random, randomCuts } from "@headgate/testkit";
import { check, refusalOf } from "../check.ts";
import { joined, mutate } from "../mutate.ts";
import { randomMessage } from "../random-messages.ts";
import { randomOf } from "../seeds.ts";
import type { Target } from "../target.ts";

/** Small, so that inputs reach them. */
const LIMITS: ChunkLimits = { maxMessageBytes: 3000, maxPartialBytes: 9000, maxChunkStreams: 8 };

/** No limits whose effect depends on how the input is cut, such as that on memory in use at once. */
const CUT_INDEPENDENT_LIMITS: ChunkLimits = {
  ...LIMITS,
  maxPartialBytes: LIMITS.maxChunkStreams * LIMITS.maxMessageBytes,
};

const CHUNK_STREAM_IDS = [2, 3, 3, 4, 4, 6, 63, 64, 319, 320, 65_599];

export const chunkDecoder: Target = {
  name: "chunk-decoder",
  make: (random) => {
    const input = encoded(random);
    return random.below(8) === 0 ? input : mutate(input, random, [encoded(random)]);
  },
  run(input) {
    const random = randomOf(input);
    if (random.below(2) === 0) return void decode(randomCuts(input, random), LIMITS);
    const whole = decode([input], CUT_INDEPENDENT_LIMITS);
    const cut = decode(randomCuts(input, random), CUT_INDEPENDENT_LIMITS);
    check(whole === cut, `in one piece: ${whole}\nin several: ${cut}`);
  },
};

function encoded(random: Random): Uint8Array {
  const encoder = new ChunkEncoder();
  const pieces: Uint8Array[] = [];
  for (let left = 1 + random.below(8); left > 0; left -= 1) {
    const message = randomMessage(random);
    // A random one would change the reader's chunk size and not this writer's.
    if (message.type !== MessageType.setChunkSize)
      pieces.push(encoder.encode(message, random.pick(CHUNK_STREAM_IDS)));
    if (random.below(5) > 0) continue;
    const chunkSize = random.pick([1, 2, 64, 128, 1000]);
    pieces.push(encoder.encode(setChunkSize(chunkSize), 2));
    encoder.useChunkSize(chunkSize);
  }
  return joined(pieces);
}

/** The result of the input, as text. */
function decode(pieces: readonly Uint8Array[], limits: ChunkLimits): string {
  const decoder = new ChunkDecoder(limits);
  let outcome = "";
  let payloadBytes = 0;
  let inputBytes = 0;
  for (const piece of pieces) {
    inputBytes += piece.length;
    const refusal = refusalOf(() => {
      decoder.push(piece);
      for (let message = decoder.next(); message; message = decoder.next()) {
        outcome += `${readable(message)}\n`;
        payloadBytes += message.payload.length;
      }
    });
    const { partialBytes, pendingBytes } = decoder;
    check(partialBytes >= 0 && partialBytes <= limits.maxPartialBytes, `${partialBytes} bytes are held`);
    check(
      payloadBytes <= inputBytes,
      `${payloadBytes} bytes of messages out of ${inputBytes} bytes of chunks`,
    );
    if (refusal) return outcome + refusal;
    check(pendingBytes === 0, "input is left when the decoder wants more");
  }
  return outcome;
}

function readable({ type, timestamp, messageStreamId, payload }: Message): string {
  return `${type} ${timestamp} ${messageStreamId} ${Buffer.from(payload).toString("latin1")}`;
}
