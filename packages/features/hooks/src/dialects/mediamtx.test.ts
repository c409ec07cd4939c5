import { expect, it, test } from "vitest";
import { hookCall, streamFacts } from "../hook-call.test.helper.ts";
import { MEDIAMTX } from "./mediamtx.ts";

function bodyWith(query: string, event: "publish" | "play" = "publish"): string {
  return MEDIAMTX.write(hookCall(event, { stream: streamFacts({ query }) })).content;
}

it("writes the fields of MediaMTX in its order", () => {
  expect(bodyWith("user=me&pass=s3cret")).toBe(
    '{"ip":"192.0.2.7","user":"me","password":"s3cret","token":"s3cret","action":"publish","path":"live/cam","protocol":"rtmp","id":"00000000-0000-4000-8000-0123456789ab","query":"user=me&pass=s3cret","userAgent":"FMLE/3.0 (compatible; Lavf59.27.100)"}',
  );
});

test.each([
  ["token=t", "t"],
  ["jwt=j", "j"],
  ["token=t&jwt=j", "t"],
  ["pass=p&token=t", "p"],
  ["", ""],
])("of ?%s the token is %j", (query, token) => {
  expect(JSON.parse(bodyWith(query)).token).toBe(token);
});

it("calls playing `read`", () => {
  expect(JSON.parse(bodyWith("", "play")).action).toBe("read");
});

test.each([
  [200, "allow"],
  [204, "allow"],
  [299, "allow"],
  [301, "deny"],
  [401, "deny"],
  [403, "deny"],
])("status %s: %s", (status, kind) => {
  expect(MEDIAMTX.read({ status, location: undefined, body: "" }, "publish").kind).toBe(kind);
});
