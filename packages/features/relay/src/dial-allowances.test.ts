import { RtmpUrl } from "@headgate/session";
import { expect, test } from "vitest";
import { DialAllowances, MAX_DIALS_AT_ONCE, MAX_DIALS_PER_SECOND } from "./dial-allowances.ts";

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
