import { type AmfValue, EcmaArray, TypedObject } from "@headgate/amf";
import { describe, expect, it } from "vitest";
import type { ConnectRequest } from "./connect.ts";
import { ScriptedPeer } from "./scripted-peer.test.helper.ts";

/** What the driver is told of a client that sends these fields. */
function requestOf(fields: AmfValue): ConnectRequest {
  const peer = new ScriptedPeer();
  peer.command(0, "connect", 1, fields);
  const [event] = peer.events();
  if (event?.kind !== "connectRequested") throw new Error("connect was not taken for a request");
  return event.request;
}

/** The information object that a client with these fields is sent when it is accepted. */
function infoFor(fields: { [key: string]: AmfValue }): AmfValue {
  const peer = new ScriptedPeer();
  peer.command(0, "connect", 1, { app: "live", ...fields });
  peer.connection.acceptConnect();
  return peer.replies().find((reply) => reply[1] === "_result")?.[4];
}

describe("connect", () => {
  it("says everything the driver decides by", () => {
    const fields = {
      app: "live?user=me",
      flashVer: "FMLE/3.0 (compatible; Lavf59.27.100)",
      tcUrl: "rtmp://example.org:1935/live",
      pageUrl: "https://example.org/watch",
      swfUrl: "https://example.org/player.swf",
      objectEncoding: 0,
      capsEx: 6,
      fourCcList: ["hvc1", 1, "av01"],
      videoFourCcInfoMap: { hvc1: 1 },
      audioFourCcInfoMap: { "*": 7 },
    };
    expect(requestOf(fields)).toEqual({
      application: "live",
      query: "user=me",
      virtualHost: "example.org",
      via: [],
      tcUrl: "rtmp://example.org:1935/live",
      flashVersion: "FMLE/3.0 (compatible; Lavf59.27.100)",
      pageUrl: "https://example.org/watch",
      swfUrl: "https://example.org/player.swf",
      isEncoder: true,
      objectEncoding: 0,
      enhanced: {
        capsEx: 6,
        fourCcList: ["hvc1", "av01"],
        videoFourCcInfoMap: { hvc1: 1 },
        audioFourCcInfoMap: { "*": 7 },
      },
    });
  });

  it.each([
    ["abcdef012345,0123456789ab", ["abcdef012345", "0123456789ab"]],
    ["abcdef012345,abcdef012345", ["abcdef012345"]],
    ["ABCDEF012345,edge,,abcdef01234,abcdef0123456,abcdef012345 ,\n,abcdef012345", ["abcdef012345"]],
    ["z".repeat(60_000), []],
    [["abcdef012345"], []],
    [
      Array.from({ length: 1000 }, (_, i) => i.toString(16).padStart(12, "0")).join(","),
      Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(12, "0")),
    ],
  ])("takes from %o the ids of gateways, each once, and not many", (headgateVia, via) => {
    expect(requestOf({ app: "live", headgateVia }).via).toEqual(via);
  });

  it.each([null, undefined, "live", 1, []])("does without a command object: %o", (object) => {
    expect(requestOf(object)).toEqual({
      application: "",
      query: "",
      virtualHost: "",
      via: [],
      tcUrl: "",
      flashVersion: "",
      pageUrl: "",
      swfUrl: "",
      isEncoder: false,
      objectEncoding: 0,
      enhanced: {},
    });
  });

  it.each([
    ["an ECMA array", new EcmaArray({ app: "live", audioFourCcInfoMap: new EcmaArray({ Opus: 1 }) })],
    ["a typed object", new TypedObject("Args", { app: "live", audioFourCcInfoMap: { Opus: 1 } })],
  ])("takes %s for a command object", (_, object) => {
    expect(requestOf(object)).toMatchObject({
      application: "live",
      enhanced: { audioFourCcInfoMap: { Opus: 1 } },
    });
  });

  it("reads the version under the key the specification's text gives it too", () => {
    expect(requestOf({ flashver: "WIN 32,0,0,465" }).flashVersion).toBe("WIN 32,0,0,465");
  });

  it.each([
    ["live", "live", ""],
    ["live/", "live", ""],
    ["/live//", "live", ""],
    ["live/inst", "live/inst", ""],
    ["live/_definst_", "live", ""],
    ["live/_definst_/", "live", ""],
    ["live/_definst_/inst", "live/inst", ""],
    ["live?key=value", "live", "key=value"],
    ["live/inst?key=a/b", "live/inst", "key=a/b"],
    ["live/_definst_?a=1?b=2", "live", "a=1?b=2"],
    ["live?", "live", ""],
    ["?key=value", "", "key=value"],
    ["", "", ""],
  ])("takes the application out of app %o", (app, application, query) => {
    expect(requestOf({ app })).toMatchObject({ application, query });
  });

  it.each([
    ["rtmp://host/live", "live", ""],
    ["rtmp://host:1935/live/_definst_/", "live", ""],
    ["rtmpts://host/live/inst?key=value", "live/inst", "key=value"],
    ["rtmp://user:pass@[::1]:1935/live", "live", ""],
    ["rtmp://host", "", ""],
    ["rtmp://host/?key=value", "", "key=value"],
    ["rtmp://host?key=a/b", "", "key=a/b"],
  ])("takes the application out of tcUrl %o if there is no app", (tcUrl, application, query) => {
    expect(requestOf({ tcUrl })).toMatchObject({ application, query, tcUrl });
  });

  it("takes the query of tcUrl if app has none, and that of app if both have one", () => {
    const tcUrl = "rtmp://host/live?from=url";
    expect(requestOf({ app: "live", tcUrl }).query).toBe("from=url");
    expect(requestOf({ app: "live?from=app", tcUrl }).query).toBe("from=app");
  });

  it.each([
    [0, 0],
    [3, 3],
    [1, 0],
    ["3", 0],
    [undefined, 0],
  ])("reads object encoding %o as %i", (objectEncoding, read) => {
    expect(requestOf({ objectEncoding }).objectEncoding).toBe(read);
  });

  it("ignores fields of a type they cannot have", () => {
    const fields = {
      app: 1,
      tcUrl: null,
      flashVer: {},
      capsEx: "6",
      fourCcList: "*",
      videoFourCcInfoMap: [],
    };
    expect(requestOf(fields)).toMatchObject({ application: "", tcUrl: "", flashVersion: "", enhanced: {} });
  });
});

describe("the answer to connect", () => {
  it("has no Enhanced RTMP field that the client did not send", () => {
    expect(infoFor({})).toEqual({
      level: "status",
      code: "NetConnection.Connect.Success",
      description: "Connection succeeded.",
      objectEncoding: 0,
    });
  });

  it.each([
    [{ capsEx: 1 }, { capsEx: 2 + 4 + 8 }],
    [{ fourCcList: ["hvc1"] }, { fourCcList: ["*"] }],
    [{ fourCcList: [] }, { fourCcList: ["*"] }],
    [{ videoFourCcInfoMap: { hvc1: 1 } }, { videoFourCcInfoMap: { "*": 4 } }],
    [{ audioFourCcInfoMap: { Opus: 2 } }, { audioFourCcInfoMap: { "*": 4 } }],
  ] as const)("answers %o with our own %o and no other", (sent: object, answered) => {
    const { level, code, description, objectEncoding, ...enhanced } = infoFor({ ...sent }) as {
      [key: string]: AmfValue;
    };
    expect({ level, code, description, objectEncoding }).toEqual(infoFor({}));
    expect(enhanced).toEqual(answered);
  });

  it("echoes object encoding 3", () => {
    expect(infoFor({ objectEncoding: 3 })).toMatchObject({ objectEncoding: 3 });
  });
});
