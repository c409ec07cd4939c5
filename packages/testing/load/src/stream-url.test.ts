import { expect, test } from "vitest";
import { parseStreamUrl } from "./stream-url.ts";

test("a URL names a stream of an application, over any of the six transports", () => {
  const { application, streamName, isTunnel, isEncrypted } = parseStreamUrl(
    "rtmpte://host/live/west/cam?key=1",
  );
  expect([application, streamName, isTunnel, isEncrypted]).toEqual(["live/west", "cam?key=1", true, true]);
});

test.each(["http://host/live/cam?secret", "rtmp://host/live?secret", "secret"])(
  "%s is refused, and not repeated",
  (text) => {
    expect(() => parseStreamUrl(text)).toThrow(/^(?!.*secret).*must look like rtmp:/);
  },
);
