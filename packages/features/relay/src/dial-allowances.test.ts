import { RtmpUrl } from "@headgate/session";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  DialAllowances,
  type Dialler,
  MAX_COUNTED_SERVERS,
  MAX_DIALS_AT_ONCE,
  MAX_DIALS_PER_SECOND,
} from "./dial-allowances.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const url = (host: string, name = "cam"): RtmpUrl => RtmpUrl.parse(`rtmp://${host}/live/${name}`)!;
const ORIGIN = url("origin");

/** Something that connects to the origin on behalf of these addresses, and notes what it is allowed. */
class Connecting implements Dialler {
  readonly turnKeys: string[];
  readonly #dials: DialAllowances;
  dialled = 0;

  constructor(dials: DialAllowances, ...turnKeys: string[]) {
    this.#dials = dials;
    this.turnKeys = turnKeys;
  }

  onTurn(to = ORIGIN): void {
    if (this.#dials.take(to, this)) this.dialled += 1;
  }
}

function setUp() {
  const report = vi.fn();
  const dials = new DialAllowances(() => performance.now(), { report, unrecoverable: report });
  const connecting = (...turnKeys: string[]): Connecting => {
    const one = new Connecting(dials, ...turnKeys);
    one.onTurn();
    return one;
  };
  const useUp = (to = ORIGIN): void => {
    for (let count = 0; count < MAX_DIALS_AT_ONCE; count += 1) new Connecting(dials, "").onTurn(to);
  };
  return { dials, connecting, useUp, report };
}

const dialledBy = (all: readonly Connecting[]): number => all.filter(({ dialled }) => dialled > 0).length;

test("so many connections to one server may be made at once, then so many a second, whatever the stream", () => {
  const { dials } = setUp();
  const all = ["origin", "other"].map((host) =>
    Array.from({ length: 2 * MAX_DIALS_AT_ONCE }, (_, index) => {
      const one = new Connecting(dials, "a");
      one.onTurn(url(host, `cam${index}`));
      return one;
    }),
  );
  expect(all.map(dialledBy)).toEqual([MAX_DIALS_AT_ONCE, MAX_DIALS_AT_ONCE]);
  vi.advanceTimersByTime(1_000);
  expect(all.map(dialledBy)).toEqual(Array(2).fill(MAX_DIALS_AT_ONCE + MAX_DIALS_PER_SECOND));
  vi.advanceTimersByTime(60_000);
  expect([dialledBy(all.flat()), vi.getTimerCount()]).toEqual([4 * MAX_DIALS_AT_ONCE, 0]);
});

test("what an address connects to for others' sake does not wait for all that one address wants", () => {
  const { connecting, useUp } = setUp();
  useUp();
  const many = Array.from({ length: 400 }, () => connecting("hostile"));
  const one = connecting("honest");
  vi.advanceTimersByTime(30);
  expect([one.dialled, dialledBy(many)]).toEqual([1, 2]);
});

test("what several addresses want has the first turn of any of them, once, also of those that come later", () => {
  const { dials, connecting, useUp } = setUp();
  useUp();
  const many = Array.from({ length: 400 }, () => connecting("hostile"));
  const both = connecting("hostile");
  both.turnKeys.push("honest");
  dials.joined(both);
  vi.advanceTimersByTime(30);
  expect(both.dialled).toBe(1);
  vi.advanceTimersByTime(10_000);
  expect([both.dialled, dialledBy(many)]).toEqual([1, 400]);
});

test("what has asked twice has one place, and what has left none", () => {
  const { dials, connecting, useUp } = setUp();
  useUp();
  const [first, second] = [connecting("a"), connecting("a")];
  first.onTurn();
  dials.leave(second);
  dials.joined(second);
  vi.advanceTimersByTime(1_000);
  expect([first.dialled, second.dialled, vi.getTimerCount()]).toEqual([1, 0, 0]);
  const third = connecting("a");
  expect(third.dialled).toBe(1);
});

test("what wants to connect to another server than before waits there alone", () => {
  const { connecting, useUp } = setUp();
  const other = url("other");
  useUp();
  useUp(other);
  const moved = connecting("a");
  moved.onTurn(other);
  vi.advanceTimersByTime(1_000);
  expect(moved.dialled).toBe(1);
});

test("when all is over, nothing waits", () => {
  const { dials, connecting, useUp } = setUp();
  useUp();
  const one = connecting("a");
  dials.close();
  vi.advanceTimersByTime(1_000);
  expect([one.dialled, vi.getTimerCount()]).toEqual([0, 0]);
});

test("servers without end are not all counted, but one that is connected to goes on being", () => {
  const { dials, useUp } = setUp();
  for (const host of ["busy", "idle"]) useUp(url(host));
  const take = (host: string): boolean => {
    const one = new Connecting(dials, "a");
    one.onTurn(url(host));
    dials.leave(one);
    return one.dialled > 0;
  };
  for (let host = 0; host < 2 * MAX_COUNTED_SERVERS; host += 1) {
    take(`host${host}`);
    if (host % 1_000 === 0) expect(take("busy")).toBe(false);
  }
  expect([take("busy"), take("idle")]).toEqual([false, true]);
});
