import { describe, expect, it, test } from "vitest";
import { hookCall, keyOf, streamFacts } from "../hook-call.test.helper.ts";
import { SRS } from "./srs.ts";

const COMMON =
  '"server_id":"vid-aabbccddeeff","service_id":"aabbccddeeff","action":"ACTION","client_id":"0123456789ab","ip":"192.0.2.7","vhost":"__defaultVhost__","app":"live"';
const URL_FIELDS = '"stream_url":"/live/cam","stream_id":"vid-live/cam"';
const TC_URL = '"tcUrl":"rtmp://host:1935/live"';

function bodyOf(...call: Parameters<typeof hookCall>): string {
  const { contentType, content } = SRS.write(hookCall(...call));
  expect(contentType).toBe("application/json");
  return content;
}

function common(action: string): string {
  return COMMON.replace("ACTION", action);
}

describe("what SRS sends, field by field", () => {
  test.each([
    ["connect", `{${common("on_connect")},"stream":"","param":"",${TC_URL},"pageUrl":""}`],
    ["close", `{${common("on_close")},"send_bytes":400,"recv_bytes":3000}`],
    ["publish", `{${common("on_publish")},${TC_URL},"stream":"cam","param":"?key=s3cret",${URL_FIELDS}}`],
    ["unpublish", `{${common("on_unpublish")},${TC_URL},"stream":"cam","param":"?key=s3cret",${URL_FIELDS}}`],
    [
      "play",
      `{${common("on_play")},"stream":"cam",${TC_URL},"param":"?key=s3cret","pageUrl":"",${URL_FIELDS}}`,
    ],
    [
      "recordingComplete",
      `{${common("on_dvr")},${TC_URL},"stream":"cam","param":"?key=s3cret","cwd":"/var/recordings","file":"./live/cam & more.flv",${URL_FIELDS}}`,
    ],
    ["stop", `{${common("on_stop")},${TC_URL},"stream":"cam","param":"?key=s3cret",${URL_FIELDS}}`],
  ] as const)("%s", (event, body) => {
    expect(bodyOf(event)).toBe(body);
  });
});

it("says the query of the application where the stream has none", () => {
  const { connect } = hookCall("publish");
  const call = { connect: { ...connect, query: "token=abc" }, stream: streamFacts({ query: "" }) };
  expect(JSON.parse(bodyOf("publish", call)).param).toBe("?token=abc");
});

it("names a virtual host that is configured", () => {
  const key = keyOf("live", "cam", "tv.example.com");
  const body = JSON.parse(bodyOf("publish", { virtualHost: "tv.example.com", stream: streamFacts({ key }) }));
  expect(body).toMatchObject({
    vhost: "tv.example.com",
    app: "live",
    stream: "cam",
    stream_url: "/live/cam",
  });
});

describe("a reply", () => {
  test.each([
    [200, "0", "allow"],
    [201, '{"code":0}', "allow"],
    [200, '{"code": 0, "data": null}', "allow"],
    [200, '{"code":1}', "deny"],
    [200, "1", "unreadable"],
    [200, "", "unreadable"],
    [200, '{"code":"0"}', "unreadable"],
    [200, "{}", "unreadable"],
    [200, "[]", "unreadable"],
    [200, "<html>", "unreadable"],
    [202, "0", "deny"],
    [204, "0", "deny"],
    [302, "0", "deny"],
    [403, "0", "deny"],
  ])("%s with %j: %s", (status, body, kind) => {
    expect(SRS.read({ status, body, location: undefined }, "publish").kind).toBe(kind);
  });
});
