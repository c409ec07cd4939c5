import { expect, test } from "vitest";
import { HookUrl } from "./hook-url.ts";

test("a hook's URL shows its server alone", () => {
  const url = HookUrl.parse("https://me:pass%20word@auth.example.com:8443/secret/path?token=x#part")!;
  expect(`${url} ${JSON.stringify(url)}`).toBe(
    'https://auth.example.com:8443 "https://auth.example.com:8443"',
  );
  expect(url.target).toBe("/secret/path?token=x");
  expect(Buffer.from(url.authorization!.slice("Basic ".length), "base64").toString()).toBe("me:pass word");
});

test.each(["", "auth.example.com", "ftp://auth.example.com/", "rtmp://auth.example.com/live", "http://"])(
  "%j is none",
  (text) => {
    expect(HookUrl.parse(text)).toBeUndefined();
  },
);

test("something more fits in its query", () => {
  expect(HookUrl.parse("http://host")?.targetWith("a=1")).toBe("/?a=1");
  expect(HookUrl.parse("http://host/x?y=2")?.targetWith("a=1")).toBe("/x?y=2&a=1");
  expect(HookUrl.parse("http://user%zz@host/")?.authorization).toBeDefined();
});
