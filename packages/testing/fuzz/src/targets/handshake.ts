import { ClientHandshake, type Handshake, ServerHandshake } from "@headgate/handshake";
import { Random, randomCuts } from "@headgate/testkit";
import { check, refusalOf } from "../check.ts";
import { joined, mutate } from "../mutate.ts";
import { randomOf } from "../seeds.ts";
import type { Target } from "../target.ts";

/** A version byte and a packet. */
const MAX_HELD_BYTES = 1537;

/** One input in so many asks for RTMPE, whose key exchange takes milliseconds. */
const RTMPE_EVERY = 64;

/** Recorded once: mutations of the same ones find as much as mutations of new ones. */
const EXCHANGES = (["simple", "digest", "rtmpe"] as const).map((kind) => exchange(kind));

export const serverHandshake: Target = {
  name: "server-handshake",
  make: (random) => make(random, (exchanged) => exchanged.fromClient),
  run: (input) => run(new ServerHandshake({ random: drawFrom(input), rtmpe: true }), input),
};

export const clientHandshake: Target = {
  name: "client-handshake",
  make: (random) => make(random, (exchanged) => exchanged.fromServer),
  run(input) {
    const asksForRtmpe = input[0] !== undefined && input[0] !== 3 && input.length % RTMPE_EVERY === 0;
    const kind = asksForRtmpe ? "rtmpe" : input.length % 2 === 0 ? "simple" : "digest";
    run(new ClientHandshake({ random: drawFrom(input), kind }), input);
  },
};

function make(random: Random, wordsOf: (exchanged: (typeof EXCHANGES)[number]) => Uint8Array): Uint8Array {
  const kinds = random.below(RTMPE_EVERY) === 0 ? EXCHANGES : EXCHANGES.slice(0, 2);
  const words = wordsOf(random.pick(kinds));
  const mutated = random.below(6) === 0 ? words : mutate(words, random, EXCHANGES.map(wordsOf));
  // This version asks for the key exchange.
  const isRtmpe = mutated[0] !== undefined && mutated[0] !== 3;
  return isRtmpe && kinds === EXCHANGES ? mutated : joined([Uint8Array.of(3), mutated.subarray(1)]);
}

function run(handshake: Handshake, input: Uint8Array): void {
  handshake.takeOutput();
  for (const piece of randomCuts(input, randomOf(input))) {
    const wasDone = handshake.result !== undefined;
    let taken = 0;
    if (refusalOf(() => (taken = handshake.receive(piece, 0)))) return;
    check(taken >= 0 && taken <= piece.length, `${taken} of ${piece.length} bytes are taken`);
    check(!wasDone || taken === 0, "bytes are taken after the end");
    check(taken === piece.length || handshake.result !== undefined, "bytes are left before the end");
    check(handshake.bufferedBytes <= MAX_HELD_BYTES, `${handshake.bufferedBytes} bytes are held`);
    handshake.takeOutput();
  }
}

function exchange(kind: "simple" | "digest" | "rtmpe"): {
  readonly fromClient: Uint8Array;
  readonly fromServer: Uint8Array;
} {
  const randomness = new Random(7);
  const random = (length: number) => randomness.bytes(length);
  const client = new ClientHandshake({ random, kind });
  const server = new ServerHandshake({ random, rtmpe: true });
  const c0c1 = client.takeOutput() ?? new Uint8Array(0);
  server.receive(c0c1, 0);
  const fromServer = server.takeOutput() ?? new Uint8Array(0);
  client.receive(fromServer);
  return { fromClient: joined([c0c1, client.takeOutput() ?? new Uint8Array(0)]), fromServer };
}

function drawFrom(input: Uint8Array): (length: number) => Uint8Array {
  const random = randomOf(input);
  return (length) => random.bytes(length);
}
