import { describe, expect, test } from "vitest";
import type { Packet, Recording } from "../support/recording.ts";
import { afterRun, findRun, type Run, whyNotWhole } from "../support/runs.ts";

const FROM_KEYFRAME = { from: "keyframe" } as const;
const FROM_START = { from: "start" } as const;

/** Two seconds: video every 40 ms with a keyframe every 400 ms, audio every 20 ms. */
const published = recording(
  Array.from({ length: 100 }, (_, i) => [
    packet("audio", i * 20, true),
    packet("video", i * 20, i % 20 === 0),
  ])
    .flat()
    .filter(({ stream, dts }) => stream === "audio" || dts % 40 === 0),
);

function packet(stream: string, dts: number, isKeyframe: boolean): Packet {
  return { stream, dts, pts: dts, isKeyframe, hash: `${stream}${dts}` };
}

function recording(packets: readonly Packet[]): Recording {
  return { packets, headers: new Map([["video", new Set(["avcC"])]]) };
}

/** What a viewer gets who joined at 800 ms, on a clock of its own. */
const joined = recording(
  published.packets
    .filter(({ stream, dts }) => dts > 800 || (stream === "video" && dts === 800))
    .map((p) => ({ ...p, dts: p.dts - 300, pts: p.pts - 300 })),
);

function changed(change: (packets: Packet[]) => void): Recording {
  const packets = [...joined.packets];
  change(packets);
  return recording(packets);
}

describe("an output is whole", () => {
  test("when it is the reference itself", () => {
    expect(whyNotWhole(published, published, FROM_START)).toBeUndefined();
  });

  test("when it begins at a keyframe and every timestamp is moved by the same distance", () => {
    expect(whyNotWhole(published, joined, FROM_KEYFRAME)).toBeUndefined();
  });

  test("when a viewer that waited begins at the first keyframe, though audio came before it", () => {
    const early = ["a", "b"].map((hash, i) => ({ ...packet("audio", i - 2, true), hash }));
    const withEarlyAudio = recording([...early, ...published.packets]);
    expect(whyNotWhole(withEarlyAudio, published, FROM_START)).toBeUndefined();
  });

  test("when the streams are woven together in another order", () => {
    const woven = [...joined.packets].sort((a, b) => a.stream.localeCompare(b.stream));
    expect(whyNotWhole(published, recording(woven), FROM_KEYFRAME)).toBeUndefined();
  });

  test("when a payload repeats in the reference", () => {
    const silent = (from: Recording): Recording =>
      recording(from.packets.map((p) => (p.stream === "audio" ? { ...p, hash: "silence" } : p)));
    expect(whyNotWhole(silent(published), silent(joined), FROM_KEYFRAME)).toBeUndefined();
  });

  test("when it stops early and may", () => {
    const cut = recording(joined.packets.slice(0, 50));
    expect(
      whyNotWhole(published, cut, { from: "keyframe", mayMissAtEnd: Number.POSITIVE_INFINITY }),
    ).toBeUndefined();
  });
});

describe("an output is not whole", () => {
  test.each<[string, RegExp, Recording]>([
    ["a lost packet", /1 packets lost/, changed((packets) => packets.splice(40, 1))],
    [
      "a repeated packet",
      /packet #\d+ again/,
      changed((packets) => packets.splice(40, 0, packets[38] as Packet)),
    ],
    [
      "two packets swapped",
      /1 packets lost or late/,
      changed((packets) => {
        const audio = packets.flatMap((p, i) => (p.stream === "audio" ? [i] : []));
        const [a = 0, b = 0] = audio.slice(20);
        [packets[a], packets[b]] = [packets[b] as Packet, packets[a] as Packet];
      }),
    ],
    [
      "audio shifted against video",
      /audio: shifted by 5 ms against video/,
      recording(
        joined.packets.map((p) => (p.stream === "audio" ? { ...p, dts: p.dts + 5, pts: p.pts + 5 } : p)),
      ),
    ],
    [
      "audio that drifts away",
      /audio: timestamp off by 1 ms/,
      recording(
        joined.packets.map((p, i) => (p.stream === "audio" && i > 40 ? { ...p, dts: p.dts + 1 } : p)),
      ),
    ],
    [
      "another composition time",
      /video: timestamp off by 0 ms/,
      recording(
        joined.packets.map((p, i) => (p.stream === "video" && i > 40 ? { ...p, pts: p.pts + 40 } : p)),
      ),
    ],
    [
      "a payload changed on the way",
      /a packet that was never published/,
      changed((packets) => packets.splice(40, 1, { ...(packets[40] as Packet), hash: "damaged" })),
    ],
    [
      "a packet too many at the end",
      /after the last one/,
      changed((p) => p.push(packet("video", 1700, false))),
    ],
    ["a missing tail", /the last packets are missing: video 0, audio 1/, changed((packets) => packets.pop())],
    [
      "a stream that never came",
      /no packets at all of audio/,
      changed((p) => keep(p, ({ stream }) => stream === "video")),
    ],
    [
      "a stream nobody published",
      /never published/,
      changed((packets) => packets.push(packet("data", 0, true))),
    ],
    [
      "no keyframe at the beginning",
      /does not begin with a keyframe/,
      changed((packets) => packets.splice(0, 3)),
    ],
    [
      "audio that begins later than video",
      /audio: 2 packets are missing at the beginning/,
      changed((packets) => keep(packets, ({ stream, dts }) => stream === "video" || dts > 550)),
    ],
  ])("with %s", (_, reason, output) => {
    expect(whyNotWhole(published, output, FROM_KEYFRAME)).toMatch(reason);
  });

  test("when a viewer that waited misses the beginning", () => {
    expect(whyNotWhole(published, joined, FROM_START)).toMatch(/missing at the beginning/);
  });

  test("when the decoder configuration is missing or another one", () => {
    const bare = { packets: joined.packets, headers: new Map() };
    expect(whyNotWhole(published, bare, FROM_KEYFRAME)).toMatch(/decoder configurations differ/);
  });
});

test("a gap ends a run, and what follows the gap is a run of its own", () => {
  const isInGap = ({ dts }: Packet): boolean => dts > 700 && dts < 1300;
  const gapped = recording(
    published.packets.filter((p) => !isInGap(p) && !(p.stream === "audio" && p.dts === 1300)),
  );
  const first = findRun(published, gapped, { from: "start" }) as Run;
  const rest = afterRun(gapped, first);
  expect(first.parts.get("video")).toEqual({ from: 0, length: 18 });
  expect(findRun(published, rest, { from: "keyframe" })).toMatch(/keyframe/);
  const fromKeyframe = recording(rest.packets.filter(({ dts }) => dts >= 1600));
  expect(whyNotWhole(published, fromKeyframe, FROM_KEYFRAME)).toBeUndefined();
});

function keep(packets: Packet[], isKept: (packet: Packet) => boolean): void {
  packets.splice(0, packets.length, ...packets.filter(isKept));
}
