import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { Applications } from "./applications.ts";
import { levelsOf, StreamKey, type StreamNames } from "./stream-key.ts";

function applications(...names: string[]): Applications<string> {
  return new Applications(new Map(names.map((name) => [name, `options of ${name}`])));
}

/** As `application | name`, with the virtual host in front. */
function split(names: StreamNames, configured: Applications<string>): string {
  const key = StreamKey.of(names, configured);
  if (typeof key === "string") return key;
  return `${key.virtualHost && `${key.virtualHost}: `}${key.application} | ${key.name}`;
}

const OBS = { application: "live", name: "room/cam" };
const FFMPEG = { application: "live/room", name: "cam" };
const WHOLE_URL = { application: "live/room/cam", name: "" };
const NO_APPLICATION = { application: "", name: "live/room/cam" };

describe("one URL is one stream, whichever way it is split", () => {
  it.each([
    [["live"], "live | room/cam"],
    [["live/room"], "live/room | cam"],
    [["live", "live/room"], "live/room | cam"],
    [["live", "*"], "live | room/cam"],
    [["*"], "live/room | cam"],
    [["live/room/cam", "live"], "live | room/cam"],
    [["other"], "APPLICATION_UNKNOWN"],
  ])("where %j is configured", (names, expected) => {
    const configured = applications(...names);
    for (const written of [OBS, FFMPEG, WHOLE_URL, NO_APPLICATION]) {
      expect(split(written, configured)).toBe(expected);
    }
  });

  it("has the options of its own application", () => {
    const configured = applications("live", "live/private", "*");
    const options = (names: StreamNames) =>
      configured.optionsOf(StreamKey.of(names, configured) as StreamKey);
    expect(options({ application: "live", name: "private/secret" })).toBe("options of live/private");
    expect(options({ application: "live", name: "open" })).toBe("options of live");
    expect(options({ application: "vod", name: "open" })).toBe("options of *");
  });
});

describe("names as they are pasted", () => {
  it.each([
    ["a trailing slash", { application: "live/", name: "cam" }],
    ["leading slashes", { application: "/live", name: "//cam" }],
    ["the default instance", { application: "live/_definst_", name: "cam" }],
    ["white space and line ends", { application: "live", name: " cam\r\n" }],
    ["no name, but a level too many", { application: "live/cam", name: "" }],
  ])("mean the same with %s", (_, names) => {
    expect(split(names, applications("live"))).toBe("live | cam");
  });

  it.each([
    ["nothing at all", { application: "", name: "" }],
    ["only slashes", { application: "/", name: "//" }],
    ["more than a name may have", { application: "live", name: "x".repeat(600) }],
  ])("are no stream with %s", (_, names) => {
    expect(split(names, applications("live", "*"))).toBe("NAME_INVALID");
  });

  it.each([
    "..",
    ".",
    "../cam",
    "a/../../b",
    "a/./b",
    "%2e%2E/cam",
    "a/.%2e",
    "..\\cam",
    "a%2f..%5Cb",
    " .. ",
  ])("are no stream where they lead elsewhere: %s", (name) => {
    const configured = applications("live", "*");
    expect(split({ application: "live", name }, configured)).toBe("NAME_INVALID");
    expect(split({ application: name, name: "cam" }, configured)).toBe("NAME_INVALID");
    expect(configured.admits("", levelsOf(name))).toBe(false);
  });

  it.each(["..cam", "cam..", "a..b", "...", "v1.2/cam.", "100%2"])("may have dots otherwise: %s", (name) => {
    expect(split({ application: "live", name }, applications("live"))).toBe(`live | ${name}`);
  });

  it("are no stream with an application alone", () => {
    expect(split({ application: "live", name: "" }, applications("live"))).toBe("NAME_INVALID");
  });
});

describe("a virtual host", () => {
  const configured = applications("live", "//tv.example.com/live", "//radio.example.com/*");

  it.each([
    ["tv.example.com", "tv.example.com: live | cam"],
    ["TV.Example.com", "tv.example.com: live | cam"],
    ["radio.example.com", "radio.example.com: live | cam"],
    ["other.example.com", "live | cam"],
  ])("%s has streams of its own where applications are configured for it", (virtualHost, expected) => {
    expect(split({ virtualHost, application: "live", name: "cam" }, configured)).toBe(expected);
  });

  it("cannot be spelled by a name", () => {
    for (const name of ["//tv.example.com/live/cam", "/tv.example.com/live/cam"]) {
      expect(split({ application: "", name }, applications("*", "//tv.example.com/live"))).toBe(
        "tv.example.com/live | cam",
      );
    }
  });
});

describe("a path", () => {
  it("names the same stream in every process, whatever it is made of", () => {
    const level = fc.constantFrom("live", "room", "cam", "a", "_definst_", "*", "..", "", " ");
    const text = fc.array(level, { maxLength: 5 }).map((levels) => levels.join("/"));
    const virtualHost = fc.constantFrom("", "tv.example.com", "nowhere");
    const configured = applications("live", "live/room", "//tv.example.com/live", "//tv.example.com/a", "*");
    fc.assert(
      fc.property(fc.record({ virtualHost, application: text, name: text }), (names) => {
        const key = StreamKey.of(names, configured);
        if (typeof key === "string") return;
        expect(StreamKey.parse(key.path, configured)).toEqual(key);
        expect(StreamKey.of(key, configured)).toEqual(key);
      }),
    );
  });
});

describe("a connection", () => {
  const configured = applications("live/room", "studio", "//tv.example.com/live");
  it.each([
    ["names an application", "", ["studio"], true],
    ["names more levels", "", ["studio", "west"], true],
    ["names fewer levels", "", ["live"], true],
    ["names nothing", "", [], true],
    ["names half a level", "", ["stu"], false],
    ["names nothing that is configured", "", ["vod"], false],
    ["names an application of its host", "tv.example.com", ["live"], true],
    ["names an application of another host", "radio.example.com", ["live", "cam"], false],
  ])("that %s is admitted or not", (_, host, levels, expected) => {
    expect(configured.admits(host, levels)).toBe(expected);
  });
});

describe("a name of thousands of levels", () => {
  it("is not looked for level by level, where no application has so many", () => {
    const levels = Array.from({ length: 4096 }, () => "a");
    const slice = vi.spyOn(levels, "slice");
    for (const configured of [applications("live/room"), applications("live", "*")]) {
      slice.mockClear();
      configured.find("tv.example.com", levels, 1);
      expect(slice.mock.calls.length).toBeLessThanOrEqual(3);
    }
  });

  it("is found where an application has as many", () => {
    const name = "a/b/c/d/e";
    expect(split({ application: "a/b", name: "c/d/e/f/g" }, applications("a", name))).toBe(`${name} | f/g`);
  });
});
