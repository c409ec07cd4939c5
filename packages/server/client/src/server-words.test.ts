import { RtmpUrl } from "@headgate/session";
import { expect, it } from "vitest";
import { serverWords } from "./server-words.ts";

const url = RtmpUrl.parse("rtmp://target/app/KEY-abcd-efgh?token=abcdefgh")!;

it.each([
  ["NetStream.Publish.BadName", "NetStream.Publish.BadName"],
  ["Server.Limit", "Server.Limit"],
  // Ours.
  ["INTERNAL_ERROR", "SERVER_ERROR"],
  ["NAME_NOT_FOUND", "SERVER_ERROR"],
  ["", "SERVER_ERROR"],
  ["two words", "SERVER_ERROR"],
  [`Net.${"x".repeat(100)}`, "SERVER_ERROR"],
  ["NetStream.Publish.abcdefgh", "SERVER_ERROR"],
])("the code %s is repeated as %s", (code, repeated) => {
  expect(serverWords({ code, description: "" }, url, []).code).toBe(repeated);
});

it("what is said is repeated without secrets, also without those at which the text is cut off", () => {
  const description = `${"x".repeat(262)} KEY-abcd-efgh?token=abcdefgh`;
  const { text } = serverWords({ code: "NetStream.Publish.BadName", description }, url, []);
  expect(text).toBe(`NetStream.Publish.BadName: ${"x".repeat(262)} ***`);
});

it("what is said is printable, and short", () => {
  const description = "\u202e\u0000\u001b".repeat(100_000);
  expect(serverWords({ code: "\u001b[2J", description }, url, []).text).toMatch(/^[ -~]{300}$/);
  expect(serverWords({ code: "", description: "" }, url, []).text).toBe("no reason given");
});
