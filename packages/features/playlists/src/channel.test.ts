import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  FRAME_MS,
  type TestFileOptions,
  TestTelevision,
  Watching,
  type WrittenPlaylists,
} from "./channel.test.helper.ts";

const BEGAN = Date.parse("2026-12-24T12:00:00Z");

beforeEach(() => {
  vi.useFakeTimers({ now: BEGAN });
});

afterEach(() => {
  vi.useRealTimers();
});

const file = (name: string, more: object = {}) => ({ file: name, ...more });
const live = (name: string, more: object = {}) => ({ live: name, ...more });
const channel = (...items: readonly object[]): WrittenPlaylists => ({ channel: { items } });
const loop = (...items: readonly object[]): WrittenPlaylists => ({ channel: { loop: true, items } });

/** Television with these files, by their seconds, and a viewer of the channel. */
async function begin(
  playlists: WrittenPlaylists,
  files: Readonly<Record<string, number | TestFileOptions>>,
): Promise<{ tv: TestTelevision; viewer: Watching }> {
  const tv = new TestTelevision(vi, playlists);
  for (const [name, each] of Object.entries(files))
    tv.files.set(name, typeof each === "number" ? { durationMs: each * 1_000 } : each);
  const viewer = new Watching(tv.gateway);
  tv.playlists.start();
  await tv.pass(0);
  return { tv, viewer };
}

function stepsOf(frames: readonly (readonly [number, string])[]): ReadonlySet<number> {
  return new Set(frames.slice(1).map(([timestamp], index) => timestamp - frames[index]![0]));
}

const publisherOf = (tv: TestTelevision) => tv.gateway.streams.get("tv/channel")?.publisher;
const messagesOf = (tv: TestTelevision) => tv.log.map(({ msg }) => msg);

describe("a list", () => {
  test("is one stream whose timestamps run on, every frame of every item in its order and its time", async () => {
    const { tv, viewer } = await begin(channel(file("a"), file("b")), { a: 3, b: 2 });
    await tv.pass(6_000);
    const frames = viewer.frames("video");
    expect(stepsOf(frames)).toEqual(new Set([FRAME_MS]));
    expect(stepsOf(viewer.frames("audio"))).toEqual(new Set([FRAME_MS]));
    const expected = ["a", "b"].flatMap((name, index) =>
      Array.from(
        { length: index === 0 ? 75 : 50 },
        (_, at) => `${at % 25 === 0 ? "key" : "inter"} ${name} ${at * FRAME_MS}`,
      ),
    );
    expect(frames.map(([, of]) => of)).toEqual(expected);
    const delays = viewer.lines.flatMap((line, index) => {
      const [kind, timestamp, of] = line.split(" ");
      return kind === "video" && of !== "header" ? [viewer.times[index]! - Number(timestamp)] : [];
    });
    expect(Math.max(...delays) - Math.min(...delays)).toBeLessThan(2 * FRAME_MS);
    expect(tv.gateway.faults.total).toBe(0);
  });

  test("ends its stream with its last item", async () => {
    const { tv, viewer } = await begin(channel(file("a")), { a: 1 });
    expect(publisherOf(tv)).toBeDefined();
    await tv.pass(1_100);
    expect([publisherOf(tv), viewer.shown]).toEqual([undefined, ["a"]]);
    expect(messagesOf(tv)).toContain("playlist ended");
    await tv.pass(60_000);
    expect([publisherOf(tv), viewer.shown]).toEqual([undefined, ["a"]]);
    expect(tv.opened.every((each) => each.file.isClosed)).toBe(true);
  });

  test("with a loop begins again and never ends", async () => {
    const { tv, viewer } = await begin(loop(file("a"), file("b")), { a: 2, b: 1 });
    await tv.pass(10_000);
    expect(viewer.shown).toEqual(["a", "b", "a", "b", "a", "b", "a"]);
    expect(stepsOf(viewer.frames("video"))).toEqual(new Set([FRAME_MS]));
    expect(tv.opened.filter((each) => !each.file.isClosed).length).toBeLessThanOrEqual(2);
    tv.playlists.close();
    await tv.pass(0);
    expect(tv.opened.filter((each) => !each.file.isClosed)).toEqual([]);
    expect(publisherOf(tv)).toBeUndefined();
  });

  test("tells where an item ends, and gives the next one its own metadata, without a duration, and headers", async () => {
    const { tv, viewer } = await begin(channel(file("a"), file("b")), { a: 1, b: 1 });
    await tv.pass(1_020);
    const at = viewer.lines.findIndex((line) => line.includes("onPlayStatus"));
    expect(viewer.lines[at]).toMatch(
      /^data 1000 onPlayStatus .*status.*NetStream\.Play\.Switch.*duration.*bytes/,
    );
    const [metadata, ...next] = viewer.lines.slice(at + 1, at + 6);
    expect(metadata).toMatch(/^data 0 onMetaData .*title.*b$/);
    expect(metadata).not.toContain("duration");
    expect(next).toEqual([
      "video 1000 header b",
      "audio 1000 header b",
      "video 1000 key b 0",
      "audio 1000 sound b 0",
    ]);
    expect(viewer.lines.filter((line) => line.includes("Play.Complete"))).toEqual([]);
  });

  test("gives a viewer that joins in the middle the headers of the item that is on, and its keyframe", async () => {
    const silent = { durationMs: 3_000, hasSound: false };
    const { tv } = await begin(channel(file("a"), file("b")), { a: 1, b: silent });
    await tv.pass(2_500);
    const late = new Watching(tv.gateway);
    await tv.pass(10);
    expect(late.lines.slice(0, 3)).toEqual([
      expect.stringMatching(/^data 0 onMetaData .*title.*b$/),
      "video 2000 header b",
      "video 2000 key b 1000",
    ]);
    expect(late.lines.filter((line) => line.startsWith("audio"))).toEqual([]);
  });

  test("may change the codec, and says so in the log", async () => {
    const other = { durationMs: 1_000, codec: 2 };
    const { tv, viewer } = await begin(channel(file("a"), file("b"), file("a")), { a: 1, b: other });
    await tv.pass(3_000);
    expect(viewer.shown).toEqual(["a", "b", "a"]);
    const changes = tv.log.filter(({ msg }) => msg === "playlist codec changed");
    expect(changes.map(({ medium, before, codec }) => [medium, before, codec])).toEqual([
      ["video", "H.264", "Sorenson H.263"],
      ["video", "Sorenson H.263", "H.264"],
    ]);
  });

  test("begins within a file, at the keyframe before, and ends after its duration", async () => {
    const { tv, viewer } = await begin(channel(file("a", { start: "2500ms", duration: "1s" }), file("b")), {
      a: 60,
      b: 1,
    });
    await tv.pass(3_000);
    const of = viewer.frames("video").map(([, text]) => text);
    expect([of[0], of[37], of[38]]).toEqual(["key a 2000", "inter a 3480", "key b 0"]);
    expect(stepsOf(viewer.frames("video"))).toEqual(new Set([FRAME_MS]));
  });

  test("opens the next item before it is due, however long that takes", async () => {
    const { tv, viewer } = await begin(loop(file("a"), file("b")), { a: 8, b: 8 });
    tv.openingMs = 3_000;
    await tv.pass(40_000);
    const frames = viewer.lines.flatMap((line, index) =>
      /^video \d+ (key|inter)/.test(line) ? [viewer.times[index]!] : [],
    );
    const gaps = frames.slice(1).map((ms, index) => ms - frames[index]!);
    expect(Math.max(...gaps)).toBeLessThan(2 * FRAME_MS);
    expect(viewer.shown.length).toBeGreaterThan(4);
  });
});

describe("a live stream in a list", () => {
  test("is on for its duration, from its newest keyframe on, and between files without a gap", async () => {
    const { tv, viewer } = await begin(loop(file("a"), live("cam", { duration: "2s" })), { a: 3 });
    tv.publish("cam");
    await tv.pass(12_000);
    expect(viewer.shown).toEqual(["a", "cam", "a", "cam", "a"]);
    expect(stepsOf(viewer.frames("video"))).toEqual(new Set([FRAME_MS]));
    expect(
      viewer
        .frames("video")
        .filter(([, of]) => of.includes("cam"))
        .at(0)?.[1],
    ).toMatch(/^key cam/);
    const arrivals = viewer.lines.flatMap((line, index) =>
      /^video \d+ (key|inter)/.test(line) ? [viewer.times[index]!] : [],
    );
    expect(Math.max(...arrivals.slice(1).map((ms, index) => ms - arrivals[index]!))).toBeLessThan(
      3 * FRAME_MS,
    );
    expect(tv.warnings).toEqual([]);
  });

  test("is on for as long as it is published if it has no duration", async () => {
    const { tv, viewer } = await begin(channel(live("other/cam"), file("a")), { a: 1 });
    const end = tv.publish("cam", "other");
    await tv.pass(30_000);
    expect(viewer.shown).toEqual(["cam"]);
    end();
    await tv.pass(1_000);
    expect(viewer.shown).toEqual(["cam", "a"]);
    expect(stepsOf(viewer.frames("video"))).toEqual(new Set([FRAME_MS]));
    expect(tv.warnings).toEqual([]);
  });

  test("that ends early is followed by the next item at once", async () => {
    const { tv, viewer } = await begin(channel(live("cam", { duration: "1m" }), file("a")), { a: 1 });
    const end = tv.publish("cam");
    await tv.pass(5_000);
    end();
    await tv.pass(200);
    expect(viewer.shown).toEqual(["cam", "a"]);
    expect(tv.warnings).toEqual(["PLAYLIST_LIVE_ENDED"]);
  });

  test("that says nothing any more is on until its duration is over", async () => {
    const { tv, viewer } = await begin(channel(live("cam", { duration: "10s" }), file("a")), { a: 1 });
    const publication = tv.gateway.publish({ application: "tv", name: "cam" });
    if (typeof publication === "string") throw new Error(publication);
    const payload = new TextEncoder().encode("\x17\x01\0\0\0 key cam 0");
    publication.media({ type: 9, timestamp: 5, messageStreamId: 0, payload });
    await tv.pass(9_500);
    expect(viewer.shown).toEqual(["cam"]);
    await tv.pass(1_000);
    expect(viewer.shown).toEqual(["cam", "a"]);
  });

  test("that is not there is waited for a moment if it is the first, and else the next item is on at once", async () => {
    const { tv, viewer } = await begin(loop(live("cam"), file("a")), { a: 6 });
    await tv.pass(1_900);
    expect(viewer.shown).toEqual([]);
    await tv.pass(11_000);
    const frames = viewer.lines.flatMap((line, index) =>
      /^video \d+ (key|inter)/.test(line) ? [viewer.times[index]!] : [],
    );
    expect(frames.length).toBeGreaterThan(200);
    expect(Math.max(...frames.slice(1).map((ms, index) => ms - frames[index]!))).toBeLessThan(2 * FRAME_MS);
    expect(tv.warnings).toEqual(["PLAYLIST_ITEM_MISSING"]);
  });

  test("leaves nothing of it behind", async () => {
    const { tv, viewer } = await begin(loop(live("cam", { duration: "1s" }), file("a")), { a: 1 });
    const end = tv.publish("cam");
    await tv.pass(10_000);
    tv.playlists.close();
    end();
    viewer.leave();
    await tv.pass(0);
    expect([...tv.gateway.streams.keys()]).toEqual([]);
  });
});

describe("what cannot be played", () => {
  test("is left out at once, and told of once", async () => {
    const { tv, viewer } = await begin(loop(file("a"), file("missing"), file("b")), { a: 6, b: 6 });
    await tv.pass(25_000);
    expect(viewer.shown).toEqual(["a", "b", "a", "b", "a"]);
    expect(stepsOf(viewer.frames("video"))).toEqual(new Set([FRAME_MS]));
    expect(tv.warnings).toEqual(["PLAYLIST_ITEM_MISSING"]);
    expect(tv.playlists.counts).toEqual({ played: 4, failed: 2 });
  });

  test("is told of again when it was played meanwhile", async () => {
    const { tv } = await begin(loop(file("a"), file("b")), { a: 2 });
    await tv.pass(5_000);
    tv.files.set("b", { durationMs: 1_000 });
    await tv.pass(10_000);
    tv.files.delete("b");
    await tv.pass(10_000);
    expect(tv.warnings).toEqual(["PLAYLIST_ITEM_MISSING", "PLAYLIST_ITEM_MISSING"]);
  });

  test("is a file that breaks off", async () => {
    const broken = { durationMs: 10_000, failsAt: { atMs: 2_000, how: undefined } };
    const { tv, viewer } = await begin(channel(file("a"), file("b")), { a: broken, b: 1 });
    await tv.pass(3_500);
    expect([viewer.shown, tv.warnings]).toEqual([["a", "b"], ["PLAYLIST_ITEM_UNREADABLE"]]);
    expect(stepsOf(viewer.frames("video"))).toEqual(new Set([FRAME_MS]));
  });

  test("is a file whose disk does not answer", async () => {
    const stuck = { durationMs: 10_000, failsAt: { atMs: 2_000, how: "later" } } as const;
    const { tv, viewer } = await begin(channel(file("a"), file("b")), { a: stuck, b: 1 });
    await tv.pass(11_500);
    expect(viewer.shown).toEqual(["a"]);
    await tv.pass(1_000);
    expect([viewer.shown, tv.warnings]).toEqual([["a", "b"], ["PLAYLIST_ITEM_STALLED"]]);
  });

  test("is a file without a frame", async () => {
    const { tv, viewer } = await begin(channel(file("empty"), file("a")), { empty: 0, a: 1 });
    await tv.pass(1_000);
    expect([viewer.shown, tv.warnings]).toEqual([["a"], ["PLAYLIST_ITEM_UNREADABLE"]]);
  });

  test("rests if it is all there is in a loop, and is tried again", async () => {
    const { tv, viewer } = await begin(loop(file("missing"), live("gone"), file("gone")), {});
    await tv.pass(60_000);
    expect(tv.log.length).toBeLessThan(60);
    expect(tv.warnings.filter((code) => code === "PLAYLIST_UNPLAYABLE")).toHaveLength(1);
    expect([tv.playlists.states, publisherOf(tv)]).toEqual([{ playing: 0, waiting: 1 }, expect.anything()]);
    tv.files.set("missing", { durationMs: 2_000 });
    await tv.pass(8_000);
    expect(viewer.shown).toEqual(["missing"]);
    expect(tv.playlists.states).toEqual({ playing: 1, waiting: 0 });
  });

  test("is a loop of next to nothing, which does not spin", async () => {
    const { tv, viewer } = await begin(loop(file("a")), { a: 0.04 });
    await tv.pass(60_000);
    expect(tv.opened.length).toBeLessThan(30);
    expect(viewer.frames("video").length).toBeGreaterThan(5);
  });

  test("ends a list without a loop", async () => {
    const { tv } = await begin(channel(file("missing")), {});
    await tv.pass(10);
    expect([publisherOf(tv), tv.playlists.states]).toEqual([undefined, { playing: 0, waiting: 1 }]);
  });
});

describe("a schedule", () => {
  const scheduled = (...schedule: readonly object[]): WrittenPlaylists => ({ channel: { schedule } });
  const at = (time: string, items: readonly object[], more: object = {}) => ({ at: time, items, ...more });

  test("has a list take over at its time, in the same stream", async () => {
    const { tv, viewer } = await begin(
      scheduled(
        at("2026-12-24T12:00:10Z", [file("b")], { loop: true }),
        at("2026-12-24T12:00:00Z", [file("a")], { loop: true }),
      ),
      { a: 60, b: 60 },
    );
    tv.openingMs = 1_000;
    await tv.pass(14_000);
    expect(viewer.shown).toEqual(["a", "b"]);
    const frames = viewer.frames("video");
    expect(stepsOf(frames)).toEqual(new Set([FRAME_MS]));
    const begun = frames.find(([, of]) => of === "key b 0")?.[0];
    expect(begun).toBeGreaterThan(9_900);
    expect(begun).toBeLessThan(10_100);
  });

  test("publishes nothing before its first time and after the end of a list", async () => {
    const { tv, viewer } = await begin(scheduled(at("12:00:30", [file("a")])), { a: 5 });
    expect(tv.playlists.states).toEqual({ playing: 0, waiting: 1 });
    await tv.pass(29_000);
    expect(viewer.shown).toEqual([]);
    await tv.pass(4_000);
    expect(viewer.shown).toEqual(["a"]);
    await tv.pass(4_000);
    expect(publisherOf(tv)).toBeUndefined();
    vi.setSystemTime(Date.parse("2026-12-25T11:59:55Z"));
    await tv.pass(42_000);
    expect(viewer.frames("video").filter(([, of]) => of === "key a 0")).toHaveLength(2);
  });

  test("that begins late goes on where it would be", async () => {
    const list = at("2026-12-24T11:59:00Z", [file("a"), file("b"), live("cam")], { loop: false });
    const { tv, viewer } = await begin(scheduled(list), { a: 50, b: 30 });
    await tv.pass(1_000);
    expect(viewer.frames("video")[0]).toEqual([0, "key b 10000"]);
  });

  test("that begins after its end does not begin", async () => {
    const { tv, viewer } = await begin(scheduled(at("11:00", [file("a")])), { a: 50 });
    await tv.pass(10_000);
    expect([viewer.lines, publisherOf(tv)]).toEqual([[], undefined]);
  });

  test("begins a daily list anew each day", async () => {
    const { tv, viewer } = await begin(scheduled(at("12:00", [file("a")], { loop: true })), { a: 7 });
    await tv.pass(1_000);
    vi.setSystemTime(Date.parse("2026-12-25T11:59:00Z"));
    await tv.pass(59_000);
    const before = viewer.lines.length;
    await tv.pass(2_000);
    expect(viewer.lines.slice(before)).toContainEqual(expect.stringMatching(/^video \d+ key a 0$/));
    expect(tv.log.filter(({ msg }) => msg === "playlist begun")).toHaveLength(2);
  });

  test("notices that the clock was set", async () => {
    const { tv, viewer } = await begin(
      scheduled(at("12:00", [file("a")], { loop: true }), at("18:00", [file("b")], { loop: true })),
      { a: 7, b: 7 },
    );
    await tv.pass(5_000);
    vi.setSystemTime(Date.parse("2026-12-24T18:00:01Z"));
    await tv.pass(31_000);
    expect(viewer.shown.at(-1)).toBe("b");
  });
});

describe("another configuration", () => {
  test("begins a playlist that has changed anew in the same stream, and leaves the others alone", async () => {
    const tv = new TestTelevision(vi, { ...loop(file("a")), second: { loop: true, items: [file("c")] } });
    for (const name of ["a", "b", "c"]) tv.files.set(name, { durationMs: 10_000 });
    const [viewer, other] = [new Watching(tv.gateway), new Watching(tv.gateway, "second")];
    tv.playlists.start();
    await tv.pass(3_000);
    tv.reconfigure({ ...loop(file("b")), second: { loop: true, items: [file("c")] } });
    await tv.pass(3_000);
    expect([viewer.shown, other.shown]).toEqual([["a", "b"], ["c"]]);
    for (const each of [viewer, other]) expect(stepsOf(each.frames("video"))).toEqual(new Set([FRAME_MS]));
    expect(tv.log.filter(({ msg }) => msg === "playlist begun")).toHaveLength(3);
  });

  test("without a playlist ends it, and with one begins it", async () => {
    const { tv, viewer } = await begin(loop(file("a")), { a: 10, b: 10 });
    await tv.pass(1_000);
    tv.reconfigure({ other: { items: [file("b")] } });
    await tv.pass(1_000);
    expect([publisherOf(tv), tv.gateway.streams.get("tv/other")?.publisher !== undefined]).toEqual([
      undefined,
      true,
    ]);
    tv.reconfigure(loop(file("b")));
    await tv.pass(1_000);
    expect(viewer.shown).toEqual(["a", "b"]);
  });

  test("may have a schedule in place of a list", async () => {
    const { tv, viewer } = await begin(loop(file("a")), { a: 10, b: 10 });
    await tv.pass(1_000);
    tv.reconfigure({ channel: { schedule: [{ at: "2026-12-24T12:00:05Z", items: [file("b")] }] } });
    await tv.pass(1_000);
    expect(publisherOf(tv)).toBeUndefined();
    await tv.pass(5_000);
    expect(viewer.shown).toEqual(["a", "b"]);
  });
});

describe("the name of a playlist", () => {
  const attempt = (tv: TestTelevision) => {
    const key = tv.gateway.keyOf("tv/channel");
    return tv.playlists.policy.publish?.({ key } as Parameters<
      NonNullable<typeof tv.playlists.policy.publish>
    >[0]);
  };

  test("is refused to all other publishers, in every process, and also while it waits", () => {
    for (const isPublisher of [true, false]) {
      const tv = new TestTelevision(
        vi,
        { channel: { schedule: [{ at: "2030-01-01T00:00Z", items: [file("a")] }] } },
        { isPublisher },
      );
      tv.playlists.start();
      expect(attempt(tv)).toMatchObject({ reason: "ALREADY_PUBLISHED" });
      tv.reconfigure({});
      expect(attempt(tv)).toEqual({ kind: "allow" });
    }
  });

  test("is tried again while another publisher has it", async () => {
    const tv = new TestTelevision(vi, loop(file("a")));
    tv.files.set("a", { durationMs: 10_000 });
    const end = tv.publish("channel");
    tv.playlists.start();
    await tv.pass(20_000);
    expect([tv.warnings, tv.playlists.states]).toEqual([
      ["PLAYLIST_NOT_PUBLISHED"],
      { playing: 0, waiting: 1 },
    ]);
    const viewer = new Watching(tv.gateway);
    await tv.pass(100);
    end();
    await tv.pass(6_000);
    expect(viewer.shown).toEqual(["channel", "a"]);
  });

  test("is taken again after a program in this process has taken it over", async () => {
    const tv = new TestTelevision(vi, loop(file("a")), { publisherPolicy: "takeover" });
    tv.files.set("a", { durationMs: 10_000 });
    tv.playlists.start();
    await tv.pass(1_000);
    const viewer = new Watching(tv.gateway);
    await tv.pass(100);
    tv.publish("channel");
    await tv.pass(4_000);
    expect(viewer.shown).toEqual(["a", "channel"]);
    await tv.pass(4_000);
    expect(viewer.shown).toEqual(["a", "channel", "a"]);
  });

  test("is published by one process alone", async () => {
    const tv = new TestTelevision(vi, loop(file("a")), { isPublisher: false });
    tv.playlists.start();
    await tv.pass(1_000);
    expect([publisherOf(tv), tv.playlists.states]).toEqual([undefined, { playing: 0, waiting: 0 }]);
  });
});
