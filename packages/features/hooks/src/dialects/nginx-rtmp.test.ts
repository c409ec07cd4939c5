import { describe, expect, it, test } from "vitest";
import { hookCall, keyOf, streamFacts } from "../hook-call.test.helper.ts";
import { NGINX_RTMP } from "./nginx-rtmp.ts";

const CLIENT =
  "app=live&flashver=FMLE/3.0%20(compatible%3B%20Lavf59.27&swfurl=&tcurl=rtmp://host:1935/live&pageurl=&addr=192.0.2.7";
const CLIENT_ID = `&clientid=${0x01234567}`;

function contentOf(...call: Parameters<typeof hookCall>): string {
  return NGINX_RTMP.write(hookCall(...call)).content;
}

describe("what nginx-rtmp sends, byte for byte", () => {
  test.each([
    ["publish", "&call=publish&name=cam&type=live&key=s3cret"],
    ["play", "&call=play&name=cam&start=4294965296&duration=0&reset=0&key=s3cret"],
    ["unpublish", "&call=publish_done&name=cam&key=s3cret"],
    ["stop", "&call=play_done&name=cam&key=s3cret"],
    ["done", "&call=done&name=cam&key=s3cret"],
    [
      "recordingComplete",
      "&call=record_done&recorder=&name=cam&path=/var/recordings/live/cam%20%26%20more.flv&key=s3cret",
    ],
  ] as const)("%s, as a form", (event, rest) => {
    const { contentType, content } = NGINX_RTMP.write(hookCall(event));
    expect(contentType).toBe("application/x-www-form-urlencoded");
    expect(content).toBe(CLIENT + CLIENT_ID + rest);
  });

  test.each([
    ["connect", `${CLIENT}&epoch=0&call=connect`],
    ["close", `${CLIENT}${CLIENT_ID}&call=disconnect&app=live`],
  ] as const)("%s, as a query", (event, content) => {
    expect(NGINX_RTMP.write(hookCall(event))).toEqual({ contentType: undefined, content });
  });

  it("update, with what the session does and since when", () => {
    const stream = streamFacts({ elapsedMs: 61_234.5 });
    expect(contentOf("update", { stream })).toBe(
      `${CLIENT}${CLIENT_ID}&call=update_publish&time=61&timestamp=61234&name=cam&key=s3cret`,
    );
    expect(contentOf("update", { stream: { ...stream, kind: "play" } })).toContain("&call=update_play&");
  });

  test.each([
    ["live", 4_294_966_296],
    ["any", 4_294_965_296],
    [0, 0],
    [1_500, 1_500],
  ] as const)("start %s as %s", (start, written) => {
    expect(contentOf("play", { stream: streamFacts({ start }) })).toContain(`&start=${written}&`);
  });

  it("escapes the bytes of UTF-8 that nginx escapes, and no others", () => {
    const key = keyOf("live", "küche/a b&c=d;e+f?g#h%i");
    expect(contentOf("publish", { stream: streamFacts({ key }) })).toContain(
      "&name=k%C3%BCche/a%20b%26c=d%3Be%2Bf%3Fg%23h%25i&",
    );
  });

  it("cuts flashver in the middle of a character, as nginx does", () => {
    const { connect } = hookCall("publish");
    const flashVersion = `${"x".repeat(30)}é`;
    expect(contentOf("publish", { connect: { ...connect, flashVersion } })).toContain(
      `flashver=${"x".repeat(30)}%C3&`,
    );
  });
});

describe("a client's query", () => {
  const sent = (query: string) =>
    contentOf("publish", { stream: streamFacts({ query }) }).split("&type=live")[1];

  it("stands at the end as it was written", () => {
    expect(sent("key=a%20b+c&x&=y")).toBe("&key=a%20b+c&x&=y");
    expect(sent("")).toBe("");
  });

  it.each([
    "name=other",
    "n%61me=other",
    "%20name=other",
    "+name=other",
    "name[]=other",
    "name%00x=other",
    "NAME=other",
    "x=1;name=other",
    "call=play",
    "addr=127.0.0.1",
    "app",
  ])("cannot say %s in place of the server", (query) => {
    expect(sent(`key=mine&${query}`)).toBe("&key=mine");
  });

  it("with a broken escape or a line break does not break the form", () => {
    expect(sent("key=%zz%&line=\r\nx\u{1f600}")).toBe("&key=%zz%&line=%0D%0Ax%F0%9F%98%80");
  });
});

describe("a reply", () => {
  const read = (
    status: number,
    location?: string,
    event: "publish" | "play" | "connect" | "update" = "publish",
  ) => NGINX_RTMP.read({ status, location, body: "whatever" }, event);

  it("counts by the first digit of its status", () => {
    expect([200, 204, 299].map((status) => read(status).kind)).toEqual(["allow", "allow", "allow"]);
    expect([400, 403, 404].map((status) => read(status).kind)).toEqual(["deny", "deny", "deny"]);
  });

  it("renames with a redirection", () => {
    expect(read(302, "newname")).toEqual({ kind: "allow", grant: { name: "newname" } });
    expect(read(301, "newname?x=1", "play")).toEqual({ kind: "allow", grant: { name: "newname" } });
    expect(read(302, "other", "connect")).toEqual({ kind: "allow", grant: { application: "other" } });
  });

  it("pushes with a redirection to another server", () => {
    const url = "rtmp://192.0.2.9/app/x";
    expect(read(302, url)).toEqual({ kind: "allow", grant: { pushTo: [url] } });
    expect(read(302, url, "connect").kind).toBe("unreadable");
  });

  it("pulls with one in reply to play", () => {
    const url = "rtmp://192.0.2.9/app/x";
    expect(read(302, url, "play")).toEqual({ kind: "allow", grant: { pullFrom: url } });
  });

  it.each([undefined, "", "/login", "https://example.com/login", "?x"])(
    "that redirects to %s allows nothing",
    (location) => {
      expect(read(302, location).kind).toBe("unreadable");
    },
  );

  it("to an update ends the session only if it refuses", () => {
    expect(read(302, "/login", "update").kind).toBe("allow");
    expect(read(404, undefined, "update").kind).toBe("deny");
  });
});
