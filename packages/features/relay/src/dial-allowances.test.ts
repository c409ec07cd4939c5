import { RtmpUrl } from "@headgate/session";
import { expect, test } from "vitest";
import {
  DialAllowances,
  MAX_COUNTED_SERVERS,
  MAX_DIALS_AT_ONCE,
  MAX_DIALS_PER_SECOND,
} from "./dial-allowances.ts";

test("so many connections to one server may be made at once, then so many a second, whatever the stream", () => {
  let nowMs = 0;
  const dials = new DialAllowances(() => nowMs);
  const take = (host: string): number => {
    let taken = 0;
    for (let i = 0; i < 2 * MAX_DIALS_AT_ONCE; i += 1)
      if (dials.take(RtmpUrl.parse(`rtmp://${host}/live/cam${i}`)!)) taken += 1;
    return taken;
  };
  expect(take("origin")).toBe(MAX_DIALS_AT_ONCE);
  expect(take("other")).toBe(MAX_DIALS_AT_ONCE);
  nowMs += 1_000;
  expect(take("origin")).toBe(MAX_DIALS_PER_SECOND);
});

test("servers without end are not all counted, but one that is connected to goes on being", () => {
  const dials = new DialAllowances(() => 0);
  const take = (host: string): boolean => dials.take(RtmpUrl.parse(`rtmp://${host}/live`)!);
  for (let count = 0; count < MAX_DIALS_AT_ONCE; count += 1) for (const host of ["busy", "idle"]) take(host);
  for (let host = 0; host < 2 * MAX_COUNTED_SERVERS; host += 1) {
    take(`host${host}`);
    if (host % 1_000 === 0) expect(take("busy")).toBe(false);
  }
  expect([take("busy"), take("idle")]).toEqual([false, true]);
});
