import { describe, expect, it, test } from "vitest";
import { hookCall, streamFacts } from "../hook-call.test.helper.ts";
import { HEADGATE } from "./headgate.ts";

const written = (...call: Parameters<typeof hookCall>) =>
  JSON.parse(HEADGATE.write(hookCall(...call)).content);
const read = (body: unknown, event: "connect" | "publish" | "play" = "publish", status = 200) =>
  HEADGATE.read({ status, location: undefined, body: JSON.stringify(body) }, event);

describe("a request", () => {
  it("says who asks for what, and when", () => {
    expect(written("publish", { seq: 7 })).toEqual({
      event: "publish",
      session: "0123456789ab",
      seq: 7,
      ts: 1_740_562_218.5,
      transport: "rtmp",
      address: "192.0.2.7",
      port: 50_000,
      virtualHost: "",
      application: "live",
      stream: "cam",
      path: "live/cam",
      use: "publish",
      type: "live",
      query: "key=s3cret",
      tcUrl: "rtmp://host:1935/live",
      pageUrl: "",
      swfUrl: "",
      client: "FMLE/3.0 (compatible; Lavf59.27.100)",
    });
  });

  it("says of a stop what was sent and how long it took, and of a close why", () => {
    expect(written("unpublish", { stream: streamFacts({ elapsedMs: 61_999 }) })).toMatchObject({
      bytesReceived: 3_000,
      bytesSent: 400,
      seconds: 61,
    });
    expect(written("close", { reason: "peer closed" })).toMatchObject({ reason: "peer closed" });
    expect(written("close")).not.toHaveProperty("stream");
  });

  it("says of a recording which file it is, and why it has ended", () => {
    expect(written("recordingComplete")).toMatchObject({
      event: "recordingComplete",
      path: "live/cam",
      file: "live/cam & more.flv",
      filePath: "/var/recordings/live/cam & more.flv",
      fileStarted: "2025-02-26T09:26:40.000Z",
      fileDurationMs: 61_500,
      fileBytes: 7_000_000,
      reason: "unpublished",
    });
  });

  it("says who the peer is, if that is known", () => {
    const { session } = hookCall("play");
    expect(written("play", { session: { ...session, identity: "studio" } }).identity).toBe("studio");
  });
});

describe("a reply", () => {
  it("allows, and grants what it names", () => {
    const limits = { maxBitrate: 5_000_000, maxDuration: 3_600, maxViewers: 10 };
    const pushTo = ["rtmp://192.0.2.9/live/cam"];
    expect(read({ allow: true })).toEqual({ kind: "allow", grant: {} });
    expect(read({ allow: true, name: "other", identity: "studio", limits, pushTo, more: 1 })).toEqual({
      kind: "allow",
      grant: {
        name: "other",
        identity: "studio",
        limits: { maxBitrate: 5_000_000, maxDurationMs: 3_600_000, maxViewers: 10 },
        pushTo,
      },
    });
    expect(read({ allow: true, name: "other" }, "connect")).toEqual({
      kind: "allow",
      grant: { application: "other" },
    });
  });

  it("denies, with a reason for the log", () => {
    expect(read({ allow: false, reason: "unpaid" })).toEqual({ kind: "deny", reason: "unpaid" });
    expect(read({ allow: false, reason: 1 })).toEqual({ kind: "deny" });
    expect(read({ allow: true }, "publish", 403)).toEqual({ kind: "deny" });
    expect(read({ allow: true }, "publish", 302)).toEqual({ kind: "deny" });
  });

  test.each([
    { allow: "true" },
    {},
    null,
    [],
    { allow: true, name: "" },
    { allow: true, name: 1 },
    { allow: true, identity: "two\nlines" },
    { allow: true, identity: "x".repeat(129) },
    { allow: true, limits: { maxBitrat: 1 } },
    { allow: true, limits: { maxViewers: "3" } },
    { allow: true, limits: { maxViewers: -1 } },
    { allow: true, limits: [] },
    { allow: true, pushTo: "rtmp://192.0.2.9/live" },
    { allow: true, pushTo: ["http://192.0.2.9/"] },
    { allow: true, pushTo: new Array(9).fill("rtmp://192.0.2.9/live/cam") },
  ])("cannot be %j", (body) => {
    expect(read(body).kind).toBe("unreadable");
  });
});
