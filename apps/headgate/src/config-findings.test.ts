import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadConfig } from "./config/load-config.ts";
import { findingsIn } from "./config-findings.ts";
import { makeDevelopmentCertificate } from "./development-certificate.ts";

const folder = mkdtempSync(join(tmpdir(), "headgate-findings-"));
afterAll(() => rmSync(folder, { recursive: true }));

const one = makeDevelopmentCertificate(join(folder, "one"), ["one.example"]);
const other = makeDevelopmentCertificate(join(folder, "other"), ["other.example"]);
const noPem = join(folder, "no.pem");
writeFileSync(noPem, "nothing");

function findings(content: object) {
  const { config, problems } = loadConfig({ name: "headgate.yaml", content: JSON.stringify(content) }, {});
  expect(problems).toBeUndefined();
  const { mistakes, warnings } = findingsIn(config!);
  const short = (texts: readonly string[]) => texts.map((text) => text.replaceAll(folder, "F"));
  return { mistakes: short(mistakes), warnings: short(warnings) };
}

const listener = (tls: object, more: object = {}) => ({ listeners: [{ port: 1936, tls, ...more }] });
const pair = (cert: string, key: string) => ({ certificates: [{ cert, key }] });

test.each([
  ["missing", pair(join(folder, "none.crt"), one.key), "F/none.crt cannot be read: there is no such file"],
  ["swapped", pair(one.key, one.cert), "F/one/server.key holds a private key: cert and key are swapped"],
  [
    "mismatched",
    pair(one.cert, other.key),
    "F/one/server.crt and F/other/server.key do not match: the key belongs to another certificate",
  ],
  [
    "not certificates",
    pair(noPem, one.key),
    "F/no.pem is no certificate in PEM form, or one with a password",
  ],
])("certificates that are %s are a mistake", (_, tls, sentence) => {
  expect(findings(listener(tls)).mistakes).toEqual([`listeners[0].tls: ${sentence}`]);
});

test("certificates that can be used are none, and where there is no TLS they are a warning", () => {
  const tls = pair(one.cert, one.key);
  expect(findings(listener(tls))).toEqual({ mistakes: [], warnings: [] });
  expect(findings(listener(tls, { protocols: ["rtmp"] })).warnings).toEqual([
    "listeners[0].tls has no effect: its protocols have neither rtmps nor https",
  ]);
});

test.each([
  [
    [{ port: 1936, host: "127.0.0.1" }, { port: 1936 }],
    1985,
    ["listeners[1].port: 1936 is the port of listeners[0] as well"],
  ],
  [
    [
      { port: 1936, host: "0.0.0.0" },
      { port: 1936, host: "10.0.0.1" },
    ],
    1985,
    ["listeners[1].port: 1936 is the port of listeners[0] as well"],
  ],
  [
    [
      { port: 1936, host: "0.0.0.0" },
      { port: 1936, host: "::1" },
    ],
    1985,
    [],
  ],
  [
    [
      { port: 1936, host: "10.0.0.2" },
      { port: 1936, host: "10.0.0.1" },
    ],
    1985,
    [],
  ],
  [[{ port: 1936 }], 1936, ["admin.port: 1936 is the port of listeners[0] as well"]],
  [undefined, 1935, ["admin.port: 1935 is the port of listeners[0] as well"]],
  [undefined, 80, []],
])("listeners %j beside an admin server on port %i", (listeners, port, mistakes) => {
  expect(findings({ ...(listeners && { listeners }), admin: { port } }).mistakes).toEqual(mistakes);
});

test("a CA that is missing or none is a mistake", () => {
  expect(findings({ outward: { caFile: join(folder, "none") } }).mistakes).toEqual([
    "outward.caFile: F/none cannot be read: there is no such file",
  ]);
  expect(findings({ outward: { caFile: noPem } }).mistakes).toEqual([
    "outward.caFile: F/no.pem is no certificate in PEM form",
  ]);
  expect(findings({ outward: { caFile: one.ca } }).mistakes).toEqual([]);
});

test("a proxied application that has streams of its own is a mistake, one that inherits them is not", () => {
  const applications = {
    "*": { pull: "rtmp://origin/live" },
    proxied: { proxy: "rtmp://origin/{app}" },
    both: { proxy: "rtmp://origin/live", pull: "rtmp://elsewhere/live", routes: [{ streams: "*" }] },
  };
  expect(findings({ applications }).mistakes).toEqual([
    "applications.both.pull cannot be had together with proxy: all sessions are passed on",
    "applications.both.routes cannot be had together with proxy: all sessions are passed on",
  ]);
});

test("a placeholder that stands for nothing is a mistake", () => {
  const applications = {
    "*": { pull: "rtmp://h/{app}/{stream}", push: ["rtmp://h/{app}/{key}", "rtmp://h/{ap}/{name}?k={key}"] },
    live: { routes: [{ streams: "a*", pull: "rtmp://h/{application}/x" }] },
    passed: { proxy: "rtmp://h/{stream}" },
  };
  expect(findings({ applications }).mistakes).toEqual([
    "applications.*.push: {ap} stands for nothing; known here: {app}, {stream}, {key}",
    "applications.*.push: {name} stands for nothing; known here: {app}, {stream}, {key}",
    "applications.live.routes[0].pull: {application} stands for nothing; known here: {app}, {stream}, {key}",
    "applications.passed.proxy: {stream} stands for nothing; known here: {app}",
  ]);
});

test("a route after one that takes all, and a gopCache beyond the retention, are warnings", () => {
  const routes = [{ streams: "a*" }, { streams: "*" }, { streams: "b*" }];
  const applications = { live: { routes, gopCache: "30s" }, vod: { gopCache: "30s", retention: "1m" } };
  expect(findings({ applications })).toEqual({
    mistakes: [],
    warnings: [
      "applications.live.routes[2] is never used: routes[1] takes all",
      "applications.live.gopCache is longer than retention, so a keyframe is gone before that",
    ],
  });
});

test("the example has neither mistakes nor contradictions", () => {
  const content = readFileSync(new URL("../headgate.example.yaml", import.meta.url), "utf8");
  const { config } = loadConfig({ name: "headgate.example.yaml", content }, {});
  expect(findingsIn(config!)).toEqual({ mistakes: [], warnings: [] });
});
