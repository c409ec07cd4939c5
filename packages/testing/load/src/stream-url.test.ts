import { expect, test } from "vitest";
import { parseStreamUrl, streamUrls } from "./stream-url.ts";

test("a URL names a stream of an application, over any of the six transports", () => {
  const { application, streamName, isTunnel, isEncrypted } = parseStreamUrl(
    "rtmpte://host/live/west/cam?key=1",
  );
  expect([application, streamName, isTunnel, isEncrypted]).toEqual(["live/west", "cam?key=1", true, true]);
});

test("streams beside one differ from it in their name alone", () => {
  const names = streamUrls(parseStreamUrl("rtmp://host/live/cam?key=1"), 3).map(
    ({ streamName }) => streamName,
  );
  expect(names).toEqual(["cam?key=1", "cam-1?key=1", "cam-2?key=1"]);
});

test.each(["http://host/live/cam?secret", "rtmp://host/live?secret", "secret"])(
  "%s is refused, and not repeated",
  (text) => {
    expect(() => parseStreamUrl(text)).toThrow(/^(?!.*secret).*must look like rtmp:/);
  },
);
