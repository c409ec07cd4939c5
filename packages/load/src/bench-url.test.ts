import { expect, test } from "vitest";
import { parseBenchUrl } from "./bench-url.ts";

test.each([
  ["rtmp://host/live/cam", { host: "host", port: 1935, isTls: false, isTunnel: false, isRtmpe: false }],
  ["rtmps://[::1]/live/cam", { host: "::1", port: 443, isTls: true, isTunnel: false }],
  [
    "rtmpt://host:8080/live/west/cam",
    { port: 8080, isTunnel: true, application: "live/west", stream: "cam" },
  ],
  ["rtmpte://host/live/cam?key=1", { port: 80, isTunnel: true, isRtmpe: true, stream: "cam?key=1" }],
])("%s is read", (text, expected) => {
  expect(parseBenchUrl(text)).toMatchObject(expected);
});

test.each(["http://host/live/cam", "rtmp://host/live", "rtmpx://host/live/cam", "cam"])(
  "%s is refused",
  (text) => {
    expect(() => parseBenchUrl(text)).toThrow("is not like rtmp://");
  },
);
