import { expect, it } from "vitest";
import { SustainedBitrate } from "./sustained-bitrate.ts";

it("is known after ten seconds, and a burst counts as long as those ten seconds", () => {
  const bitrate = new SustainedBitrate();
  const known: [number, number][] = [];
  for (let ms = 0; ms <= 40_000; ms += 250) {
    // A megabit each second, and eight more at once.
    const rate = bitrate.take(ms, ms * 125 + (ms >= 15_000 ? 1_000_000 : 0));
    if (rate !== undefined) known.push([ms, Math.round(rate / 1_000)]);
  }
  const at = (ms: number) => known.find(([each]) => each === ms)?.[1];
  expect(known[0]).toEqual([10_000, 1_000]);
  expect([at(14_000), at(15_000), at(24_000), at(30_000)]).toEqual([1_000, 1_800, 1_800, 1_000]);
});
