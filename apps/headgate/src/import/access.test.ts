import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { ImportedServer } from "../known-names.ts";
import { importText } from "./import.test.helper.ts";

interface WhoMay {
  readonly publish?: object;
  readonly play?: object;
}

/** Who may what in the only application, or in that of all others. */
function whoMay(server: ImportedServer, text: string): WhoMay {
  const { applications } = parse(importText(server, text).yaml) as { applications: Record<string, WhoMay> };
  const { publish, play } = Object.values(applications)[0]!;
  return { ...(publish && { publish }), ...(play && { play }) };
}

function nginx(directives: string): string {
  return `rtmp { deny play 9.9.9.9; server { application live { live on; ${directives} } } }`;
}

const ALL = { allow: ["all"] };
const LOCAL = { allow: ["loopback"] };

describe("nginx-rtmp: the first rule that matches decides", () => {
  test.each([
    ["", { publish: ALL, play: { deny: ["9.9.9.9"] } }],
    [
      "allow publish 127.0.0.1; allow publish 10.0.0.0/8; deny publish all;",
      {
        publish: { allow: ["127.0.0.1", "10.0.0.0/8"] },
        play: { deny: ["9.9.9.9"] },
      },
    ],
    [
      "deny publish 10.0.0.1; allow publish 10.0.0.0/8; deny publish all; allow publish all;",
      {
        publish: { allow: ["10.0.0.0/8"], deny: ["10.0.0.1"] },
        play: { deny: ["9.9.9.9"] },
      },
    ],
    [
      "allow publish ::1; deny 10.0.0.0/8; allow play all;",
      {
        publish: LOCAL,
        play: { deny: ["10.0.0.0/8"] },
      },
    ],
    ["deny all;", { publish: { deny: ["all"] }, play: { deny: ["all"] } }],
    ["allow all;", { publish: ALL }],
    ["deny play nonsense; allow play all;", { publish: ALL, play: LOCAL }],
    ["deny publish 1.1.1.1/33;", { publish: LOCAL, play: { deny: ["9.9.9.9"] } }],
  ])("%j", (directives, expected) => {
    expect(whoMay("nginx-rtmp", nginx(directives))).toEqual(expected);
  });
});

describe("SRS: a deny decides, and an allow shuts out all others, for every use", () => {
  test.each([
    ["", { publish: ALL }],
    ["security { allow play 1.1.1.1; }", { publish: ALL }],
    ["security { enabled on; }", { publish: { deny: ["all"] }, play: { deny: ["all"] } }],
    [
      "security { enabled on; deny publish all; allow play all; }",
      {
        publish: { deny: ["all", "all"] },
        play: { allow: ["all"] },
      },
    ],
    [
      "security { enabled on; deny publish 10.0.0.0/8; }",
      { publish: { deny: ["10.0.0.0/8"], allow: ["all"] } },
    ],
  ])("%j", (directives, expected) => {
    expect(whoMay("srs", `vhost __defaultVhost__ { ${directives} }`)).toEqual(expected);
  });
});

test("SRS: a vhost takes nothing from the default one", () => {
  const text =
    "vhost __defaultVhost__ { security { enabled on; allow play 1.1.1.1; deny play 2.2.2.2; } } vhost a.com { }";
  expect(parse(importText("srs", text).yaml).applications["//a.com/*"]).toEqual({
    publish: { allow: ["all"], deny: [] },
    play: { allow: ["all"], deny: [] },
  });
});

describe("MediaMTX: users", () => {
  test.each([
    [
      "[{user: any, permissions: [{action: publish}, {action: read}]}]",
      { publish: { allow: ["all"] }, play: { allow: ["all"] } },
    ],
    [
      "[{user: any, ips: [10.0.0.0/8], permissions: [{action: publish}]}]",
      {
        publish: { allow: ["10.0.0.0/8"] },
        play: { deny: ["all"] },
      },
    ],
    [
      "[{user: bob, pass: '12345678', permissions: [{action: publish}, {action: read, path: x}]}]",
      {
        publish: { users: ["bob"], allow: ["all"] },
        play: { deny: ["all"] },
      },
    ],
    [
      "[{user: bob, pass: 'sha256:abc', permissions: [{action: publish}]}]",
      {
        publish: { deny: ["all"] },
        play: { deny: ["all"] },
      },
    ],
  ])("%s", (users, expected) => {
    expect(whoMay("mediamtx", `authInternalUsers: ${users}\npaths: {all_others: }`)).toEqual(expected);
  });
});

test("MediaMTX: tokens", () => {
  const text = `authMethod: jwt
authJWTJWKS: https://h/jwks
authJWTIssuer: me
authJWTExclude: [{action: api}]
paths: {all_others: }`;
  expect(importText("mediamtx", text).config).toMatchObject({
    access: { jwt: { jwks: "https://h/jwks", issuer: "me" } },
    applications: { "*": { play: { jwt: true } } },
  });
});

test.each(["", "authJWTJWKS: http://10.0.0.5/jwks"])(
  "MediaMTX: nobody is let in where tokens cannot be verified: %j",
  (keys) => {
    const text = `authMethod: jwt\n${keys}\npaths: {all_others: }`;
    expect(importText("mediamtx", text).config).toMatchObject({ access: { connect: { deny: ["all"] } } });
  },
);

test("Node-Media-Server: signed URLs, which cannot be had without a secret", () => {
  const settings = (secret: string) =>
    JSON.stringify({ rtmp: { port: 1 }, auth: { publish: true, play: false, secret } });
  expect(whoMay("nms", settings("0123456789"))).toEqual({
    publish: { allow: ["all"], signedUrl: { preset: "nms", secret: "0123456789" } },
  });
});
