import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { IDLE_MS, STANDSTILL_MS } from "./limits.ts";
import { LeftReplies } from "./session-replies.ts";
import { TunnelLink } from "./tunnel-link.ts";

const memory = { tryHold: () => true, release: () => {} };

let stoodMs = 0;
let link: TunnelLink;
let closed: (string | undefined)[];

beforeEach(() => {
  vi.useFakeTimers();
  stoodMs = 0;
  closed = [];
  const now = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => now() + stoodMs);
  link = new TunnelLink(
    { transport: "rtmpt", remoteAddress: "192.0.2.1", remotePort: 1 },
    {
      maxReplyBytes: 128 * 1024,
      memory,
      left: new LeftReplies(memory),
      faults: { report: () => {}, unrecoverable: () => {} },
    },
    () => {},
  );
  link.open({ onBytes: () => {}, onWritable: () => {}, onClosed: (reason) => closed.push(reason) });
  request(0);
});

afterEach(() => {
  link.forget();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** One that is answered at once. */
function request(sequence: number): void {
  link.write(Uint8Array.of(1));
  link.request({ kind: "send", sequence, body: Uint8Array.of(1), answer: () => {} });
  vi.advanceTimersByTime(10);
}

test("a client that does not ask any more is ended", () => {
  vi.advanceTimersByTime(IDLE_MS + 1_000);
  expect(closed).toEqual(["no request in time"]);
});

test("a client is not ended because the process stood still, and what it asked meanwhile counts", () => {
  vi.advanceTimersByTime(IDLE_MS / 2);
  stoodMs += 60_000;
  vi.advanceTimersByTime(IDLE_MS / 2);
  expect(closed).toEqual([]);
  request(1);
  vi.advanceTimersByTime(IDLE_MS - 1_000);
  expect(closed).toEqual([]);
  vi.advanceTimersByTime(2_000);
  expect(closed).toEqual(["no request in time"]);
});

test("a client that has asked nothing meanwhile is ended after all", () => {
  stoodMs += 60_000;
  vi.advanceTimersByTime(IDLE_MS + STANDSTILL_MS);
  expect(closed).toEqual(["no request in time"]);
});
