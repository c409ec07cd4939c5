import { Guard } from "@headgate/transport";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AcmeError } from "./acme-error.ts";
import type { ChallengeType } from "./challenges.ts";
import { settingsFor } from "./folder.test.helper.ts";
import { FIRST_RETRY_MS, MAX_RETRY_AFTER_MS, MAX_RETRY_MS, Renewal, SECOND_RETRY_MS } from "./renewal.ts";

const DAY_MS = 86_400_000;

let lines: Record<string, unknown>[];
let faults: unknown[];
/** What was tried, and when, since the test began. */
let tries: (readonly [type: ChallengeType, atMs: number])[];
let outcome: () => Promise<void>;
let certificate: { settings: ReturnType<typeof settingsFor>; renewalMs: number; isSelfMade: boolean };
let renewal: Renewal;

beforeEach(() => {
  vi.useFakeTimers();
  [lines, faults, tries] = [[], [], []];
  certificate = { settings: settingsFor(["a.example"]), renewalMs: 0, isSelfMade: true };
  const startMs = Date.now();
  outcome = () => Promise.reject(new AcmeError("no"));
  renewal = new Renewal({
    certificate,
    types: ["http-01", "tls-alpn-01"],
    obtain: (type) => {
      tries.push([type, Date.now() - startMs]);
      return outcome();
    },
    log: pino(
      { base: null, timestamp: false },
      { write: (line: string) => void lines.push(JSON.parse(line)) },
    ),
    guard: new Guard(
      { report: (_, error) => void faults.push(error), unrecoverable: (error) => void faults.push(error) },
      "task",
      () => {},
    ),
  });
});

afterEach(() => {
  renewal.close();
  vi.useRealTimers();
});

test("a failed try is repeated in growing pauses, each time by another challenge", async () => {
  renewal.start();
  await vi.advanceTimersByTimeAsync(DAY_MS);
  const pauses = tries.slice(1).map(([, atMs], index) => atMs - tries[index]![1]);
  const doubled = [1, 2, 4, 8, 16, 32].map((times) => times * SECOND_RETRY_MS);
  expect(pauses.slice(0, 9)).toEqual([FIRST_RETRY_MS, ...doubled, MAX_RETRY_MS, MAX_RETRY_MS]);
  expect(tries.slice(0, 3).map(([type]) => type)).toEqual(["http-01", "tls-alpn-01", "http-01"]);
  const withinAnHour = tries.filter(([, atMs]) => atMs <= 3_600_000);
  expect(withinAnHour.length).toBeLessThanOrEqual(5);
  expect(lines[1]).toMatchObject({
    domains: ["a.example"],
    challenge: "http-01",
    reason: "no",
    retrySeconds: 60,
  });
});

test("the authority's wish to be left alone is met, up to a day", async () => {
  outcome = () => Promise.reject(new AcmeError("too many", 7_200_000));
  renewal.start();
  await vi.advanceTimersByTimeAsync(7_200_000 - 1);
  expect(tries).toHaveLength(1);
  outcome = () => Promise.reject(new AcmeError("too many", 30 * DAY_MS));
  await vi.advanceTimersByTimeAsync(1);
  expect(tries).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(MAX_RETRY_AFTER_MS);
  expect(tries).toHaveLength(3);
});

test("a certificate is obtained again when it is time, by the challenge that worked", async () => {
  outcome = async () => {
    if (tries.length === 1) throw new AcmeError("no");
    certificate.renewalMs = Date.now() + 60 * DAY_MS;
    certificate.isSelfMade = false;
  };
  renewal.start();
  await vi.advanceTimersByTimeAsync(59 * DAY_MS);
  expect(tries.map(([type]) => type)).toEqual(["http-01", "tls-alpn-01"]);
  await vi.advanceTimersByTimeAsync(2 * DAY_MS);
  expect(tries.map(([type]) => type)).toEqual(["http-01", "tls-alpn-01", "tls-alpn-01"]);
  expect(lines.at(-1)).toMatchObject({ msg: "certificate obtained", authority: "authority.example:14000" });
});

test("a certificate that is issued as too old does not make it ask again at once", async () => {
  outcome = () => Promise.resolve();
  renewal.start();
  await vi.advanceTimersByTimeAsync(FIRST_RETRY_MS - 1);
  expect(tries).toHaveLength(1);
});

test("one that is not due is left alone, also after the machine was suspended", async () => {
  certificate.isSelfMade = false;
  certificate.renewalMs = Date.now() + 30 * DAY_MS;
  renewal.start();
  vi.setSystemTime(Date.now() + 31 * DAY_MS);
  await vi.advanceTimersByTimeAsync(DAY_MS / 4);
  expect(tries).toHaveLength(1);
});

test("a bug is a fault, a full disk is none, and both are tried again", async () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device"), { syscall: "write" });
  outcome = () => Promise.reject(tries.length === 1 ? new TypeError("a bug") : full);
  renewal.start();
  await vi.advanceTimersByTimeAsync(FIRST_RETRY_MS);
  expect(tries).toHaveLength(2);
  expect(faults).toEqual([new TypeError("a bug")]);
  expect(lines.at(-1)).toMatchObject({ reason: full.message });
});

test("nothing is tried, or said, after the end", async () => {
  renewal.start();
  renewal.close();
  const said = lines.length;
  await vi.advanceTimersByTimeAsync(DAY_MS);
  expect(tries).toHaveLength(1);
  expect(lines).toHaveLength(said);
  expect(vi.getTimerCount()).toBe(0);
});
