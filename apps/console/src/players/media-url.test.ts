import { expect, test } from "vitest";
import { mediaUrl } from "./media-url.ts";

const LISTENERS = [
  { host: "::", port: 1935, protocols: ["rtmp"], tls: false },
  { host: "::", port: 8080, protocols: ["rtmp", "http"], tls: false },
  { host: "::", port: 8443, protocols: ["rtmps", "https"], tls: true },
];
const PLAIN = { protocol: "http:", hostname: "127.0.0.1" };
const SECURE = { protocol: "https:", hostname: "gateway.internal" };

test.each([
  ["flv", PLAIN, "", "ws://127.0.0.1:8080/live/a%20b.flv"],
  ["hls", PLAIN, "?token=x", "http://127.0.0.1:8080/live/a%20b/index.m3u8?token=x"],
  ["flv", SECURE, "", "wss://gateway.internal:8443/live/a%20b.flv"],
  ["hls", SECURE, "a=1", "https://gateway.internal:8443/live/a%20b/index.m3u8?a=1"],
] as const)("%s from a page at %j", (kind, page, query, url) => {
  expect(mediaUrl(kind, "live/a b", LISTENERS, page, query)).toBe(url);
});

test("where no port speaks it, there is none", () => {
  expect(mediaUrl("flv", "live/cam", LISTENERS.slice(0, 2), SECURE)).toBeUndefined();
});
