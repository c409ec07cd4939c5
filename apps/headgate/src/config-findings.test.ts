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
  const acme = { acme: { domains: ["a.example"] } };
  expect(findings(listener(acme, { protocols: ["rtmp"] })).warnings).toHaveLength(1);
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

test("relays that a proxied application inherits are a warning", () => {
  const applications = { live: { proxy: "rtmp://b" }, "*": { pull: "rtmp://c/live" } };
  expect(findings({ applications })).toEqual({
    mistakes: [],
    warnings: ['applications."*".pull has no effect on live: proxy passes all of its sessions on'],
  });
});

test("fewer chunk streams than all NetStreams use are a warning", () => {
  expect(findings({ limits: { maxNetStreams: 33 } }).warnings).toEqual([
    "limits.maxChunkStreams is too low for a client that uses all of maxNetStreams: it needs 173 for 33",
  ]);
  expect(findings({ limits: { maxNetStreams: 33, maxChunkStreams: 173 } }).warnings).toEqual([]);
});
