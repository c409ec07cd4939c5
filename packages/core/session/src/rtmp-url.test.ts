import { describe, expect, it } from "vitest";
import { RtmpUrl } from "./rtmp-url.ts";

describe("an RTMP URL", () => {
  it("has everything that a client needs", () => {
    const url = RtmpUrl.parse("rtmps://me:s%40crt@example.org:8443/live/west/cam?key=abc&x=/y");
    expect(url).toMatchObject({
      scheme: "rtmps",
      host: "example.org",
      port: 8443,
      user: "me",
      password: "s@crt",
      application: "live/west",
      stream: "cam",
      query: "key=abc&x=/y",
      streamName: "cam?key=abc&x=/y",
      tcUrl: "rtmps://example.org:8443/live/west",
      isSecure: true,
      isTunnel: false,
      isEncrypted: false,
    });
  });

  it.each([
    ["rtmp", 1935],
    ["rtmpe", 1935],
    ["rtmpt", 80],
    ["rtmpte", 80],
    ["rtmps", 443],
    ["rtmpts", 443],
  ])(
    "with the scheme %s has the port %i unless it says another one, and leaves it out of tcUrl",
    (scheme, port) => {
      const url = RtmpUrl.parse(`${scheme}://h/live/cam`);
      expect(url?.port).toBe(port);
      expect(url?.tcUrl).toBe(`${scheme}://h/live`);
    },
  );

  it("with one level in its path has an application and no stream", () => {
    expect(RtmpUrl.parse("rtmp://h/live/")).toMatchObject({ application: "live", stream: "" });
    expect(RtmpUrl.parse("rtmp://h")).toMatchObject({ application: "", stream: "" });
  });

  it("writes an IPv6 address with brackets and reads it without", () => {
    const url = RtmpUrl.parse("rtmp://[::1]:1936/live/cam");
    expect([url?.host, url?.port, url?.tcUrl]).toEqual(["::1", 1936, "rtmp://[::1]:1936/live"]);
  });

  it("as a text has none of its secrets", () => {
    const url = RtmpUrl.parse("rtmp://me:secret1@h/live/secret2?key=secret3");
    expect(String(url)).toBe("rtmp://h/live");
  });

  it.each([
    "",
    "http://h/live",
    "rtmp:/h/live",
    "rtmp://",
    "rtmp://h:0/live",
    "rtmp://h:65536/live",
    "rtmp://h:x/live",
    "rtmp://a b/live",
    "rtmp://h/live/cam#part",
  ])("is not %j", (text) => {
    expect(RtmpUrl.parse(text)).toBeUndefined();
  });
});
