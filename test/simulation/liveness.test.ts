import { UserControlType } from "@headgate/message";
import { Random } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { CLIENTS } from "./clients.ts";
import { heardBy } from "./heard.ts";
import { Pair, TIMEOUTS } from "./pair.ts";

const MINUTE_MS = 60_000;

function connected(): Pair {
  const pair = new Pair();
  pair.client.command([3, 0], "connect", 1, { app: "live" });
  pair.exchange();
  return pair;
}

function pings({ client }: Pair): number {
  return heardBy(client).filter(
    ([name, event]) => name === "userControl" && event === UserControlType.pingRequest,
  ).length;
}

describe("an idle client", () => {
  it("stays connected for as long as it answers pings", () => {
    const pair = connected();
    pair.elapse(10 * MINUTE_MS);
    expect(pair.ended).toBeUndefined();
    expect(pings(pair)).toBe((10 * MINUTE_MS) / TIMEOUTS.pingIntervalMs);
  });

  it("is ended after one ping once it answers no more", () => {
    const pair = connected();
    pair.elapse(5 * MINUTE_MS);
    const [before, silentSinceMs] = [pings(pair), pair.nowMs];
    pair.isClientSilent = true;
    pair.elapse(5 * MINUTE_MS);
    expect(pair.ended).toBe("ping timeout");
    expect(pings(pair)).toBe(before + 1);
    expect(pair.nowMs).toBe(silentSinceMs + TIMEOUTS.pingIntervalMs + TIMEOUTS.pingTimeoutMs);
  });

  it("needs no ping while it says something else", () => {
    const pair = connected();
    for (let i = 0; i < 60; i += 1) {
      pair.elapse(TIMEOUTS.pingIntervalMs - 1);
      pair.client.command([3, 0], "_checkbw", 0, null);
      pair.exchange();
    }
    expect(pair.ended).toBeUndefined();
    expect(pings(pair)).toBe(0);
  });

  it("is not ended while it takes what waits for it, even without a word", () => {
    const pair = connected();
    pair.isClientSilent = true;
    for (let i = 0; i < 20; i += 1) {
      pair.elapse(TIMEOUTS.pingIntervalMs + TIMEOUTS.pingTimeoutMs - 1);
      pair.server.peerProgressed(pair.nowMs);
    }
    expect(pair.ended).toBeUndefined();
  });
});

describe("a client that goes silent", () => {
  it("before its first byte is ended by the first timeout", () => {
    const pair = new Pair();
    pair.elapse(MINUTE_MS);
    expect(pair.ended).toBe("first byte timeout");
    expect(pair.nowMs).toBe(1000 + TIMEOUTS.firstByteMs);
  });

  it("in its handshake has no more time for sending it byte by byte", () => {
    const pair = new Pair();
    const handshake = pair.takeClientOutput()!;
    const startMs = pair.nowMs;
    for (const byte of handshake) {
      pair.deliver(Uint8Array.of(byte));
      pair.elapse(100);
    }
    expect(pair.ended).toBe("handshake timeout");
    expect(pair.nowMs).toBe(startMs + TIMEOUTS.handshakeMs);
  });

  it("after its handshake has no more time for saying anything but connect", () => {
    const pair = new Pair();
    pair.exchange();
    const startMs = pair.nowMs;
    for (let i = 0; i < 20; i += 1) {
      pair.client.useChunkSize(4096);
      pair.exchange();
      pair.elapse(1000);
    }
    expect(pair.ended).toBe("connect timeout");
    expect(pair.nowMs).toBe(startMs + TIMEOUTS.connectMs);
  });

  it.each(CLIENTS)("anywhere is found out in time, and had done nothing it had not said: $name", (client) => {
    const whole = new Pair({ handshake: client.handshake });
    client.run(whole);
    const bytes = Uint8Array.from(whole.sent.flatMap((piece) => [...piece]));
    const random = new Random(client.name.length);
    const places = [
      0,
      1,
      1536,
      1537,
      3072,
      3073,
      ...Array.from({ length: 40 }, () => random.below(bytes.length)),
    ];
    for (const place of places) {
      const cut = new Pair();
      cut.isClientSilent = true;
      if (place > 0) cut.deliver(bytes.subarray(0, place));
      cut.elapse(MINUTE_MS);
      expect(cut.ended, `cut at ${place}`).toBe(expectedEnd(place, cut));
      expect(cut.events, `cut at ${place}`).toEqual(whole.events.slice(0, cut.events.length));
    }
  });
});

function expectedEnd(place: number, { events }: Pair): string {
  if (place === 0) return "first byte timeout";
  if (place < 3073) return "handshake timeout";
  return events.length === 0 ? "connect timeout" : "ping timeout";
}
