import { Applications, StreamKey } from "@headgate/bus";
import { describe, expect, it } from "vitest";
import type { Found } from "./play-source.ts";
import { PlaySources } from "./play-sources.ts";
import { TestRecording } from "./recording.test.helper.ts";

const KEY = StreamKey.of(
  { application: "live", name: "cam" },
  new Applications(new Map([["*", {}]])),
) as StreamKey;

const RECORDED = { messages: new TestRecording(1000) };

/** What is found with sources that answer so. */
async function located(answers: readonly (Found | Promise<Found>)[], start: "any" | number = "any") {
  const sources = new PlaySources(() => false);
  for (const answer of answers) sources.add({ find: () => answer });
  const stream = { name: "cam", query: "", written: "cam" };
  const found = await sources.locate(KEY, {
    stream,
    start,
    durationMs: undefined,
    reset: true,
    atOnce: false,
  });
  return typeof found === "object" && "kind" in found ? found.reason : found;
}

describe("the sources of recordings", () => {
  it.each<[string, readonly (Found | Promise<Found>)[], unknown]>([
    ["none", [], "live"],
    ["one that knows nothing of it", [undefined], "live"],
    ["the first that has it", [undefined, RECORDED, "live"], RECORDED],
    ["one that has it behind one that misses it", ["missing", RECORDED], RECORDED],
    [
      "one that has it after a while",
      [Promise.resolve(undefined), "missing", Promise.resolve(RECORDED)],
      RECORDED,
    ],
    ["one that knows that it is live", ["missing", "live"], "live"],
    ["one that misses it", ["missing", undefined], "RECORDING_NOT_FOUND"],
    [
      "one that misses it after a while",
      [Promise.resolve<Found>("missing"), undefined],
      "RECORDING_NOT_FOUND",
    ],
  ])("with %s", async (_, answers, expected) => {
    expect(await located(answers, 5000)).toBe(expected);
  });

  it.each<[string, readonly (Found | Promise<Found>)[], unknown]>([
    ["has it", [undefined, "missing", Promise.resolve(RECORDED)], RECORDED.messages],
    ["knows that it is live", ["live"], undefined],
    ["misses it", ["missing"], undefined],
  ])("give what is recorded within the process if one %s", async (_, answers, expected) => {
    const sources = new PlaySources(() => true);
    for (const answer of answers) sources.add({ find: () => answer });
    expect(await sources.open(KEY, "mp4")).toBe(expected);
  });

  it("that miss it leave a live stream to wait for, unless a position is asked for", async () => {
    expect(await located(["missing"])).toBe("live");
    expect(await located(["missing"], 0)).toBe("live");
    expect(await located(["missing"], 1)).toBe("RECORDING_NOT_FOUND");
  });
});
