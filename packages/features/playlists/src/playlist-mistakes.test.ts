import { readConfiguration } from "@headgate/config";
import { describe, expect, test } from "vitest";
import { APPLICATIONS } from "./applications.test.helper.ts";
import { playlistMistakes } from "./playlist-mistakes.ts";

const FILE = { applications: APPLICATIONS };

/** The mistakes of these applications as a user sees them, without the place in the file. */
function problemsOf(applications: Readonly<Record<string, unknown>>): readonly string[] {
  const file = { name: "f", content: JSON.stringify({ applications }) };
  const { problems } = readConfiguration(FILE, file, {}, (options) => playlistMistakes(options.applications));
  return (problems ?? []).map((problem) => problem.replace(/^f:\d+:\d+:? /, ""));
}

const channel = (playlist: unknown, name = "channel") => ({ tv: { playlists: { [name]: playlist } } });
const list = (...items: readonly unknown[]) => channel({ items });
const AT = "/applications/tv/playlists/channel";

describe("playlists", () => {
  test("have items or a schedule", () => {
    const film = { file: "mp4:film.mp4", start: "10s", duration: "5m" };
    expect(
      problemsOf(channel({ loop: true, items: [film, { live: "cam" }, { live: "other/cam" }] })),
    ).toEqual([]);
    const schedule = [
      { at: "2026-12-24T18:00:00Z", loop: true, items: [film] },
      { at: "20:00", items: [film] },
    ];
    expect(problemsOf(channel({ schedule }))).toEqual([]);
    expect(problemsOf(channel({ schedule, items: [film] }))).toEqual([
      `${AT}: cannot have both items and a schedule`,
    ]);
    expect(problemsOf(channel({ schedule, loop: true }))).toEqual([
      `${AT}/loop: belongs to the lists of the schedule`,
    ]);
    expect(problemsOf(channel({ schedule: [{ at: "20:00" }] }))).toEqual([`${AT}/schedule/0: needs items`]);
    for (const nothing of [{}, null, { items: [] }, { loop: true }, { schedule: [] }])
      expect(problemsOf(channel(nothing))).toEqual([`${AT}: needs items, or a schedule`]);
  });

  test.each([
    [{}, `${AT}/items/0: needs either a file or a live stream`],
    [{ file: "a", live: "b" }, `${AT}/items/0: needs either a file or a live stream`],
    [{ live: "b", start: "1s" }, `${AT}/items/0/start: is of a file; a live stream has only its present`],
    [
      { file: "a", duration: "10ms" },
      `${AT}/items/0/duration: must be a duration with its unit from 1s to 7d, such as "30s", not "10ms"`,
    ],
  ])("cannot have the item %j", (item, problem) => {
    expect(problemsOf(list(item))).toEqual([problem]);
  });

  test("have names that no player splits or rewrites", () => {
    for (const name of ["a/b", "mp4:a", "a b", "..", "a?b", "*"])
      expect(problemsOf(channel({ items: [{ live: "cam" }] }, name))).toEqual([
        expect.stringContaining("cannot be the name of a playlist"),
      ]);
  });

  test("belong to an application with a name", () => {
    const { tv } = list({ live: "cam" });
    for (const name of ["*", "//tv.example.com/*"])
      expect(problemsOf({ [name]: tv }).at(0)).toMatch(/playlists: needs an application with a name/);
    expect(problemsOf({ "//tv.example.com/live/west": tv })).toEqual([]);
  });

  test("are 100 in all, of 1,000 items and 100 lists", () => {
    const items = Array(1_000).fill({ live: "cam" });
    expect(problemsOf(list(...items))).toEqual([]);
    expect(problemsOf(list(...items, { live: "cam" }))).toEqual([
      `${AT}/items: must have at most 1000 items`,
    ]);
    const schedule = Array(101).fill({ at: "20:00", items: [{ live: "cam" }] });
    expect(problemsOf(channel({ schedule }))).toEqual([`${AT}/schedule: must have at most 100 lists`]);
    const names = Array.from({ length: 101 }, (_, index) => [`c${index}`, { items: [{ live: "cam" }] }]);
    expect(problemsOf({ tv: { playlists: Object.fromEntries(names) } })).toEqual([
      "/applications: have 101 playlists, of which there may be 100",
    ]);
  });
});

describe("a playlist that plays itself", () => {
  test.each(["channel", "tv/channel", "/tv//channel"])("as %s is a mistake", (live) => {
    expect(problemsOf(list({ live }))).toEqual([`${AT}: plays itself: tv/channel, tv/channel`]);
  });

  test("through others is one for each of them, and for none that only leads there", () => {
    const playing = (live: string) => ({ items: [{ file: "a" }, { live }] });
    const applications = {
      tv: { playlists: { a: playing("b"), b: playing("news/c"), out: playing("a") } },
      news: { playlists: { c: { schedule: [{ at: "20:00", items: [{ live: "tv/a" }] }] } } },
    };
    expect(problemsOf(applications)).toEqual([
      "/applications/tv/playlists/a: plays itself: tv/a, tv/b, news/c, tv/a",
      "/applications/tv/playlists/b: plays itself: tv/b, news/c, tv/a, tv/b",
      "/applications/news/playlists/c: plays itself: news/c, tv/a, tv/b, news/c",
    ]);
  });

  test("is none on another host", () => {
    const playing = (live: string) => ({ playlists: { channel: { items: [{ live }] } } });
    expect(problemsOf({ "//a.example/tv": playing("//b.example/tv/channel"), tv: {} })).toEqual([]);
    expect(problemsOf({ "//a.example/tv": playing("tv/channel"), tv: {} })).toEqual([
      "/applications///a.example/tv/playlists/channel: plays itself: //a.example/tv/channel, //a.example/tv/channel",
    ]);
  });
});
