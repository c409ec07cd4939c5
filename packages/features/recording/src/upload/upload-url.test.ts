import { expect, test } from "vitest";
import { UploadUrl } from "./upload-url.ts";

const targetOf = (url: string, file = "live/ca m?.mp4"): string | undefined =>
  UploadUrl.parse(url)?.targetOf(file);

test.each([
  ["https://store.example", "/live/ca%20m%3F.mp4"],
  ["https://store.example/", "/live/ca%20m%3F.mp4"],
  ["https://store.example/a", "/a/live/ca%20m%3F.mp4"],
  ["https://store.example/a/?b=c", "/a/live/ca%20m%3F.mp4?b=c"],
  ["https://store.example/a/{file}/b", "/a/live/ca%20m%3F.mp4/b"],
  ["https://store.example/a?name={file}&b=c", "/a?name=live/ca%20m%3F.mp4&b=c"],
])("a recording is sent with %s to %s", (url, target) => expect(targetOf(url)).toBe(target));

test("a file's name is no pattern of a replacement, and an escape in it is a character like others", () => {
  expect(targetOf("http://store.example/", "$&/%2E.flv")).toBe("/%24%26/%252E.flv");
});

test("a user is told in a header, and nothing but the server is shown", () => {
  const url = UploadUrl.parse("https://me:s3cret%21@store.example:8443/path?token=abc")!;
  expect(url.authorization).toBe(`Basic ${Buffer.from("me:s3cret!").toString("base64")}`);
  expect(`${url} ${JSON.stringify(url)}`).toBe('https://store.example:8443 "https://store.example:8443"');
});

test.each(["store.example", "ftp://store.example", "", "rtmp://store.example/live", "http://a:%E0%A4@b/"])(
  "%o is no URL for recordings",
  (url) => expect(UploadUrl.parse(url)).toBeUndefined(),
);
