import { RtmpUrl } from "@headgate/session";
import { type Link, memoryLinkPair } from "@headgate/transport";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { DialAllowances, MAX_DIALS_AT_ONCE } from "./dial-allowances.ts";
import { CHECK_INTERVAL_MS, MAX_FAILED_ORIGINS, Origins } from "./origins.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const url = (host: string): RtmpUrl => RtmpUrl.parse(`rtmp://${host}/live`)!;
const [FIRST, SECOND] = [url("first"), url("second")];
const BOTH = [FIRST, SECOND];

/** Origins of which those are unreachable whose host is in `down`. */
function setUp() {
  const down = new Set(["first", "second"]);
  const dialled: string[] = [];
  const dial = async ({ host }: RtmpUrl): Promise<Link> => {
    dialled.push(host);
    if (down.has(host)) throw new Error("refused");
    return memoryLinkPair().near;
  };
  const report = vi.fn();
  const faults = { report, unrecoverable: report };
  const dials = new DialAllowances(() => performance.now(), faults);
  const origins = new Origins(dial, dials, faults);
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  return { origins, dials, down, dialled, pass, report };
}

it("an origin that has failed is skipped, and checked until it accepts connections again", async () => {
  const { origins, down, dialled, pass } = setUp();
  origins.want(BOTH);
  origins.failed(FIRST);
  origins.failed(FIRST);
  expect(origins.choose(BOTH, 0)).toBe(SECOND);
  await pass(2 * CHECK_INTERVAL_MS);
  expect([dialled, origins.choose(BOTH, 0)]).toEqual([["first", "first"], SECOND]);
  down.delete("first");
  await pass(CHECK_INTERVAL_MS);
  expect(origins.choose(BOTH, 0)).toBe(FIRST);
  await pass(10 * CHECK_INTERVAL_MS);
  expect([dialled.length, vi.getTimerCount()]).toEqual([3, 0]);
});

it("when all have failed, each is tried in turn", () => {
  const { origins } = setUp();
  origins.want(BOTH);
  for (const origin of BOTH) origins.failed(origin);
  expect([0, 1, 2].map((attempt) => origins.choose(BOTH, attempt))).toEqual([FIRST, SECOND, FIRST]);
});

it("an origin that no pull wants any longer is forgotten, also while it is being checked", async () => {
  const { origins, dialled, pass, report } = setUp();
  const unwants = [origins.want(BOTH), origins.want([...BOTH, url("third")])];
  origins.failed(FIRST);
  unwants[0]!();
  await pass(CHECK_INTERVAL_MS);
  expect([dialled.length, origins.choose(BOTH, 0)]).toEqual([1, SECOND]);
  vi.advanceTimersByTime(CHECK_INTERVAL_MS);
  unwants[1]!();
  await pass(10 * CHECK_INTERVAL_MS);
  expect([dialled.length, vi.getTimerCount(), origins.choose(BOTH, 0)]).toEqual([2, 0, FIRST]);
  expect(report).not.toHaveBeenCalled();
});

it("an origin for which there is no other is not checked", async () => {
  const { origins, dialled, pass } = setUp();
  origins.want([FIRST]);
  origins.want([SECOND, RtmpUrl.parse("rtmp://second/other")!]);
  for (const origin of BOTH) origins.failed(origin);
  await pass(10 * CHECK_INTERVAL_MS);
  expect([dialled, vi.getTimerCount()]).toEqual([[], 0]);
});

it("checks are connections like others, and wait for their allowance", async () => {
  const { origins, dials, dialled, pass } = setUp();
  origins.want(BOTH);
  origins.failed(FIRST);
  await pass(CHECK_INTERVAL_MS - 1);
  const other = { turnKeys: ["192.0.2.1"], onTurn: () => {} };
  for (let count = 0; count < MAX_DIALS_AT_ONCE; count += 1) dials.take(FIRST, other);
  await pass(1);
  expect(dialled).toEqual([]);
  await pass(100);
  expect(dialled).toEqual(["first"]);
});

it("more are not known than there may be", async () => {
  const { origins, dialled, pass } = setUp();
  const many = Array.from({ length: 2 * MAX_FAILED_ORIGINS }, (_, index) => url(`host${index}`));
  origins.want(many);
  for (const origin of many) origins.failed(origin);
  expect(vi.getTimerCount()).toBe(MAX_FAILED_ORIGINS);
  expect(origins.choose(many, 0)).toBe(many[0]);
  expect(origins.choose([many.at(-1)!, many[0]!], 0)).toBe(many[0]);
  await pass(CHECK_INTERVAL_MS);
  expect(dialled.length).toBe(MAX_FAILED_ORIGINS);
});
