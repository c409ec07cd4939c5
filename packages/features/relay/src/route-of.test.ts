import { RtmpUrl } from "@headgate/session";
import { describe, expect, it } from "vitest";
import { DEFAULT_RELAY_OPTIONS } from "./config.ts";
import { routeOf } from "./route-of.ts";
import { urlFor } from "./url-template.ts";

const at = (text: string): RtmpUrl => RtmpUrl.parse(text)!;

describe("a route", () => {
  const cams = { streams: "cam-*", pull: [at("rtmp://cams/live")], push: [] };
  const odd = { streams: "a.b*[c]", pull: [at("rtmp://odd/live")], push: [] };
  const options = { ...DEFAULT_RELAY_OPTIONS, pull: [at("rtmp://all/live")], routes: [cams, odd] };

  it.each([
    ["cam-1", "cams"],
    ["cam-", "cams"],
    ["xcam-1", "all"],
    ["a.bXX[c]", "odd"],
    ["aXb[c]", "all"],
  ])("for the stream %s is the first that fits", (stream, host) => {
    expect(routeOf(options, stream).pull[0]?.host).toBe(host);
  });
});

describe("a pattern", () => {
  const fits = (streams: string, name: string): boolean => {
    const route = { streams, pull: [at("rtmp://route/live")], push: [] };
    return routeOf({ ...DEFAULT_RELAY_OPTIONS, routes: [route] }, name).pull.length > 0;
  };

  it.each([
    ["cam", "cam", true],
    ["cam", "cam1", false],
    ["*", "anything/at\nall", true],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["a*b*c", "aXbYbZc", true],
    ["a*b*c", "acb", false],
    ["*b*", "abc", true],
    ["**", "x", true],
    ["a**b", "ab", true],
    ["a*bc*c", "abc", false],
  ])("%s and the name %j", (pattern, name, isFit) => {
    expect(fits(pattern, name)).toBe(isFit);
  });

  it("with many stars is soon done with a name that nearly fits in very many ways", () => {
    expect(fits(`${"*a".repeat(100)}*b`, "a".repeat(512))).toBe(false);
  });
});

describe("the URL for a stream", () => {
  const names = { application: "studio", stream: "cam", query: "token=1" };

  it.each([
    ["rtmp://h/live", "live", "cam"],
    ["rtmp://h/live/fixed", "live", "fixed"],
    ["rtmp://h/{app}/{stream}", "studio", "cam"],
    ["rtmp://h/live/west/{app}-{stream}", "live/west", "studio-cam"],
    ["rtmps://h/app/{key}", "app", "cam?token=1"],
    ["rtmp://h/live/x?stream={stream}", "live", "x?stream=cam"],
  ])("made of %s has what is asked for", (template, application, streamName) => {
    const url = urlFor(at(template), names);
    expect([url.application, url.streamName]).toEqual([application, streamName]);
  });

  it.each([
    ["cam&key=other", "x?stream=cam%26key%3Dother&key=own"],
    ["room/cam", "x?stream=room/cam&key=own"],
  ])("keeps the name %s in its place of a query", (stream, expected) => {
    const url = urlFor(at("rtmp://h/live/x?stream={stream}&key=own"), { ...names, stream });
    expect(url.streamName).toBe(expected);
  });

  it("uses a stream's name as it is, even if it looks like a placeholder", () => {
    expect(urlFor(at("rtmp://h/live"), { ...names, stream: "{app}" }).stream).toBe("{app}");
  });
});
