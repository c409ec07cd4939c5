import { expect, it, test } from "vitest";
import { eventsOf, HOOKS, hookMistakes } from "./config.ts";
import { hookOptions } from "./hook.test.helper.ts";

const URL = "https://auth.example.com/hooks";

it("is asked in Headgate's own dialect, and denies when it fails, unless said otherwise", () => {
  expect(hookOptions({ url: URL })).toMatchObject({
    dialect: "headgate",
    onFailure: "deny",
    timeoutMs: 3_000,
    cacheMs: 0,
    updateIntervalMs: 30_000,
    secret: undefined,
    events: [],
  });
});

test.each([
  [{ dialect: "srs" }, ["connect", "publish", "play", "unpublish", "stop", "close", "recordingComplete"]],
  [{ dialect: "nginx-rtmp" }, ["publish", "play"]],
  [{ dialect: "mediamtx" }, ["publish", "play"]],
  [{ dialect: "mediamtx", events: ["publish"] }, ["publish"]],
])("%j hears %j", (written, events) => {
  expect([...eventsOf(hookOptions({ url: URL, ...written }), false)]).toEqual(events);
});

it("hears nothing of sessions as a whole if it is one application's", () => {
  expect([...eventsOf(hookOptions({ url: URL, dialect: "srs" }), true)]).toEqual([
    "publish",
    "play",
    "unpublish",
    "stop",
    "recordingComplete",
  ]);
});

it("shows no URL in a mistake", () => {
  const mistakes: Parameters<typeof HOOKS.hooks.read>[2] = [];
  HOOKS.hooks.read([{ url: "s3cret" }], [], mistakes);
  expect(mistakes).toHaveLength(1);
  expect(JSON.stringify(mistakes)).not.toContain("s3cret");
});

test.each([
  [{ dialect: "srs", events: ["update"] }, false, ["cannot have update with srs"]],
  [{ dialect: "nginx-rtmp", events: ["update", "done"] }, false, []],
  [{ dialect: "srs", events: ["connect"] }, true, ["cannot have connect here with srs"]],
  [{ timeout: "9s" }, false, ["must be less than /timeouts/policy"]],
])("%j, of an application: %s: %j", (written, isOfApplication, sentences) => {
  const place = { path: ["access", "hooks"], policyMs: 8_000, isOfApplication };
  const mistakes = hookMistakes([hookOptions({ url: URL, ...written })], place);
  expect(mistakes.map(({ sentence }) => sentence.split(";")[0])).toEqual(sentences);
});
