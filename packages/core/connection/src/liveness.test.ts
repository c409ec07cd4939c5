import { describe, expect, it } from "vitest";
import { Liveness } from "./liveness.ts";

const TIMEOUTS = {
  firstByteMs: 100,
  handshakeMs: 200,
  connectMs: 300,
  pingIntervalMs: 1000,
  pingTimeoutMs: 500,
};
const START = 10_000;

function connectedAt(nowMs: number): Liveness {
  const liveness = new Liveness(TIMEOUTS, START);
  liveness.heard(START);
  liveness.handshakeDone(START);
  liveness.connected(nowMs);
  return liveness;
}

describe("a peer", () => {
  it("has so long for its first byte", () => {
    const liveness = new Liveness(TIMEOUTS, START);
    expect(liveness.nextTimeoutMs).toBe(START + 100);
    expect(liveness.check(START + 99.9)).toBeUndefined();
    expect(liveness.check(START + 100)).toBe("first byte timeout");
  });

  it("has so long for its handshake, however many bytes it sends one by one", () => {
    const liveness = new Liveness(TIMEOUTS, START);
    for (let nowMs = START + 50; nowMs < START + 250; nowMs += 10) liveness.heard(nowMs);
    expect(liveness.nextTimeoutMs).toBe(START + 50 + 200);
    expect(liveness.check(START + 249)).toBeUndefined();
    expect(liveness.check(START + 250)).toBe("handshake timeout");
  });

  it("has so long from its handshake to an accepted connect, whatever else it sends", () => {
    const liveness = new Liveness(TIMEOUTS, START);
    liveness.heard(START);
    liveness.handshakeDone(START + 150);
    liveness.heard(START + 400);
    expect(liveness.nextTimeoutMs).toBe(START + 150 + 300);
    expect(liveness.check(START + 449)).toBeUndefined();
    expect(liveness.check(START + 450)).toBe("connect timeout");
  });
});

describe("a connected peer", () => {
  it("is pinged when it has been silent for the interval", () => {
    const liveness = connectedAt(START);
    expect(liveness.nextTimeoutMs).toBe(START + 1000);
    expect(liveness.check(START + 999)).toBeUndefined();
    expect(liveness.check(START + 1000)).toBe("ping");
  });

  it("is connected once", () => {
    const liveness = connectedAt(START);
    liveness.connected(START + 900);
    expect(liveness.nextTimeoutMs).toBe(START + 1000);
  });

  it("is pinged once, and ended if it stays silent", () => {
    const liveness = connectedAt(START);
    liveness.check(START + 1000);
    expect(liveness.nextTimeoutMs).toBe(START + 1500);
    expect(liveness.check(START + 1499)).toBeUndefined();
    expect(liveness.check(START + 1500)).toBe("ping timeout");
    expect(liveness.check(START + 1501)).toBe("ping timeout");
  });

  it("stays alive by anything it sends, a pong or not", () => {
    const liveness = connectedAt(START);
    liveness.heard(START + 400);
    expect(liveness.check(START + 1000)).toBeUndefined();
    expect(liveness.check(START + 1400)).toBe("ping");
    liveness.heard(START + 1899);
    expect(liveness.nextTimeoutMs).toBe(START + 2899);
    expect(liveness.check(START + 2898)).toBeUndefined();
    expect(liveness.check(START + 2899)).toBe("ping");
  });

  it("has the whole time for its answer, even if the ping went out late", () => {
    const liveness = connectedAt(START);
    const lateMs = START + 60_000;
    expect(liveness.check(lateMs)).toBe("ping");
    expect(liveness.nextTimeoutMs).toBe(lateMs + 500);
    expect(liveness.check(lateMs + 499)).toBeUndefined();
    expect(liveness.check(lateMs + 500)).toBe("ping timeout");
  });
});
