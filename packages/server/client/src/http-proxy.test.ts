import { RtmpUrl } from "@headgate/session";
import { expect, it } from "vitest";
import { httpProxyFor } from "./http-proxy.ts";

const hostFor = (url: string, environment: NodeJS.ProcessEnv): string | undefined =>
  httpProxyFor(RtmpUrl.parse(url)!, environment)?.host;

it.each([
  ["rtmp://h/a/b", undefined],
  ["rtmpe://h/a/b", undefined],
  ["rtmpt://h/a/b", "plain"],
  ["rtmpte://h/a/b", "plain"],
  ["rtmps://h/a/b", "secure"],
  ["rtmpts://h/a/b", "secure"],
])("%s goes through the proxy for its kind, if it has one", (url, host) => {
  expect(hostFor(url, { http_proxy: "http://plain:3128", https_proxy: "http://secure:3128" })).toBe(host);
});

it("a URL with TLS uses the other proxy if it has none of its own", () => {
  expect(hostFor("rtmps://h/a/b", { http_proxy: "plain:3128" })).toBe("plain");
});

it.each([
  ["h", "h"],
  ["example.org", ".example.org"],
  ["west.example.org", "example.org"],
  ["west.example.org", "other, *.example.org"],
  ["h", "*"],
])("%s does not go through a proxy with no_proxy=%s", (host, list) => {
  expect(hostFor(`rtmpt://${host}/a/b`, { http_proxy: "plain", no_proxy: list })).toBeUndefined();
});

it("a host that only ends with the same letters uses the proxy", () => {
  expect(hostFor("rtmpt://notexample.org/a/b", { http_proxy: "plain", no_proxy: "example.org" })).toBe(
    "plain",
  );
});

it("a proxy may need a login, and has port 80 by default", () => {
  const url = RtmpUrl.parse("rtmpt://h/a/b")!;
  expect(httpProxyFor(url, { http_proxy: "http://me:s%40crt@plain" })).toEqual({
    host: "plain",
    port: 80,
    authorization: `Basic ${Buffer.from("me:s@crt").toString("base64")}`,
  });
});
