import { ProtocolError } from "@headgate/bytes";
import { ClientHandshake, type Handshake, type RtmpeVersion, ServerHandshake } from "@headgate/handshake";
import { Random, randomCuts } from "@headgate/testkit";
import { describe, expect, it } from "vitest";

const CASES_PER_TEST = 200;
const BUFFERED_MAX = 1537;

/** Feeds the pieces until the handshake is done or refuses them, and checks what it holds after every one. */
function outcomeOf(handshake: Handshake, pieces: readonly Uint8Array[]): "done" | "waiting" | "refused" {
  for (const piece of pieces) {
    try {
      const taken = handshake.receive(piece, 0);
      if (taken < piece.length && !handshake.result) expect.unreachable("input was left before the end");
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return "refused";
    }
    if (handshake.bufferedBytes > BUFFERED_MAX) expect.unreachable(`${handshake.bufferedBytes} bytes held`);
    if (handshake.result) return "done";
  }
  return "waiting";
}

function randomOf(random: Random): (length: number) => Uint8Array {
  return (length) => random.bytes(length);
}

function newClient(random: Random): { client: ClientHandshake; c0c1: Uint8Array } {
  const kind = random.pick(["simple", "digest"] as const);
  const client = new ClientHandshake({ random: randomOf(random), kind });
  return { client, c0c1: client.takeOutput() ?? new Uint8Array(0) };
}

/** Changes a few bytes, or leaves the end off. */
function damage(input: Uint8Array, random: Random): Uint8Array {
  const damaged = input.slice(0, random.pick([input.length, random.below(input.length)]));
  for (let changes = random.below(4); changes > 0 && damaged.length > 0; changes -= 1) {
    damaged[random.below(random.pick([10, damaged.length]))] = random.below(256);
  }
  return damaged;
}

it("random bytes leave a handshake waiting, done or refused, and nothing else", () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < CASES_PER_TEST; seed += 1) {
    const random = new Random(seed);
    const input = random.bytes(random.below(4000));
    if (random.below(4) > 0) input[0] = 3;
    const server = new ServerHandshake({ random: randomOf(random) });
    outcomes.add(`server ${outcomeOf(server, randomCuts(input, random))}`);
    outcomes.add(`client ${outcomeOf(newClient(random).client, randomCuts(input, random))}`);
  }
  expect([...outcomes].sort()).toEqual([
    "client done",
    "client refused",
    "client waiting",
    "server done",
    "server refused",
    "server waiting",
  ]);
});

it("a damaged C0 and C1 is refused only for its version, and answered otherwise", () => {
  for (let seed = 0; seed < CASES_PER_TEST; seed += 1) {
    const random = new Random(seed);
    const input = damage(newClient(random).c0c1, random);
    const server = new ServerHandshake({ random: randomOf(random) });
    const outcome = outcomeOf(server, randomCuts(input, random));
    expect({ seed, outcome }).toEqual({
      seed,
      outcome: input.length > 0 && input[0] !== 3 ? "refused" : "waiting",
    });
    expect(server.takeOutput()?.length).toBe(
      outcome === "waiting" && input.length === 1537 ? 3073 : undefined,
    );
  }
});

it("a damaged answer never gets through to the client as a digest that is not valid", () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < CASES_PER_TEST; seed += 1) {
    const random = new Random(seed);
    const { client, c0c1 } = newClient(random);
    const server = new ServerHandshake({ random: randomOf(random) });
    server.receive(c0c1, 0);
    const answer = server.takeOutput() ?? new Uint8Array(0);
    const damaged = damage(answer, random);
    outcomes.add(outcomeOf(client, randomCuts(damaged, random)));
    const intact = Buffer.from(damaged).equals(answer);
    if (!intact && client.result?.kind === "digest") expect.unreachable(`seed ${seed}: accepted as digest`);
  }
  expect([...outcomes].sort()).toEqual(["done", "refused", "waiting"]);
});

describe("RTMPE", () => {
  const version = (seed: number): RtmpeVersion => new Random(seed).pick([6, 8, 9]);
  const newRtmpeClient = (seed: number): ClientHandshake =>
    new ClientHandshake({
      random: randomOf(new Random(seed)),
      kind: "rtmpe",
      rtmpeVersion: version(seed),
    });

  it("a damaged C0 and C1 is refused, or answered as what is left of it", () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < CASES_PER_TEST; seed += 1) {
      const random = new Random(seed);
      const hello = newRtmpeClient(seed).takeOutput() ?? new Uint8Array(0);
      const input = damage(hello, random);
      const server = new ServerHandshake({ random: randomOf(random), rtmpe: true });
      const outcome = outcomeOf(server, randomCuts(input, random));
      const isAnswered = server.takeOutput() !== undefined;
      if (isAnswered && input[0] !== 3 && !Buffer.from(input).subarray(1).equals(hello.subarray(1))) {
        expect.unreachable(`seed ${seed}: answered although its digest is wrong`);
      }
      outcomes.add(`${outcome}${isAnswered ? ", answered" : ""}`);
    }
    expect([...outcomes].sort()).toEqual(["refused", "waiting", "waiting, answered"]);
  });

  it("a damaged answer never gets through to the client", () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < CASES_PER_TEST; seed += 1) {
      const random = new Random(seed);
      const client = newRtmpeClient(seed);
      const server = new ServerHandshake({ random: randomOf(random), rtmpe: true });
      server.receive(client.takeOutput() ?? new Uint8Array(0), 0);
      const answer = server.takeOutput() ?? new Uint8Array(0);
      const damaged = damage(answer, random);
      outcomes.add(outcomeOf(client, randomCuts(damaged, random)));
      if (client.result && !Buffer.from(damaged).equals(answer)) expect.unreachable(`seed ${seed}: accepted`);
    }
    expect([...outcomes].sort()).toEqual(["done", "refused", "waiting"]);
  });
});
