import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SLICE } from "../server-view.ts";
import { TestServer } from "../test-server.test.helper.ts";
import { child, childrenOf, parseXml, type XmlElement } from "./xml.test.helper.ts";

let server: TestServer;

beforeEach(() => {
  server = new TestServer({ compatibility: ["nginx-rtmp"], applications: ["live", "//tv.example.com/live"] });
});

afterEach(() => server.close());

async function stat(): Promise<XmlElement> {
  const reply = await server.get("/stat");
  expect([reply.statusCode, reply.headers["content-type"]]).toEqual([200, "text/xml; charset=utf-8"]);
  return parseXml(reply.body);
}

/** What NOALBS reads, as strictly as its types do: a switcher of scenes that many streamers use. */
interface NoalbsStream {
  readonly name: string;
  readonly bw_video: number;
  readonly meta: { readonly video: NoalbsVideo; readonly audio: NoalbsAudio } | undefined;
  readonly active: boolean;
}

interface NoalbsVideo {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly frame_rate: number | undefined;
  readonly codec: string | undefined;
  readonly profile: string | undefined;
  readonly compat: number | undefined;
  readonly level: number | undefined;
}

interface NoalbsAudio {
  readonly codec: string | undefined;
  readonly profile: string | undefined;
  readonly channels: number | undefined;
  readonly sample_rate: number | undefined;
}

function noalbsStreams(rtmp: XmlElement, application: string): readonly NoalbsStream[] {
  const applications = childrenOf(required(rtmp, "server"), "application");
  if (applications.length === 0) throw new Error("missing field `application`");
  const named = applications.filter((each) => required(each, "name").text === application);
  return named.flatMap((each) => childrenOf(required(each, "live"), "stream").map(noalbsStream));
}

function noalbsStream(stream: XmlElement): NoalbsStream {
  const meta = child(stream, "meta");
  const active = child(stream, "active");
  if (active && (active.text !== "" || active.children.length > 0)) throw new Error("active is a unit");
  return {
    name: required(stream, "name").text,
    bw_video: unsigned(required(stream, "bw_video")),
    meta: meta && {
      video: noalbsVideo(required(meta, "video")),
      audio: noalbsAudio(required(meta, "audio")),
    },
    active: active !== undefined,
  };
}

function noalbsVideo(video: XmlElement): NoalbsVideo {
  return {
    width: optional(video, "width", unsigned),
    height: optional(video, "height", unsigned),
    frame_rate: optional(video, "frame_rate", decimal),
    codec: optional(video, "codec", ({ text }) => text),
    profile: optional(video, "profile", ({ text }) => text),
    compat: optional(video, "compat", unsigned),
    level: optional(video, "level", decimal),
  };
}

function noalbsAudio(audio: XmlElement): NoalbsAudio {
  return {
    codec: optional(audio, "codec", ({ text }) => text),
    profile: optional(audio, "profile", ({ text }) => text),
    channels: optional(audio, "channels", unsigned),
    sample_rate: optional(audio, "sample_rate", unsigned),
  };
}

function required(element: XmlElement, name: string): XmlElement {
  const found = child(element, name);
  if (!found) throw new Error(`missing field \`${name}\``);
  return found;
}

function optional<T>(element: XmlElement, name: string, read: (found: XmlElement) => T): T | undefined {
  const found = child(element, name);
  return found && read(found);
}

/** 32 bits, as Rust's u32 is parsed. */
function unsigned({ name, text }: XmlElement): number {
  if (!/^\d+$/.test(text) || Number(text) > 0xffffffff) throw new Error(`${name}: invalid digit in ${text}`);
  return Number(text);
}

function decimal({ name, text }: XmlElement): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Error(`${name}: invalid float ${text}`);
  return Number(text);
}

describe("/stat", () => {
  test("is read by NOALBS", async () => {
    expect(noalbsStreams(await stat(), "live")).toEqual([]);
    await server.publish("cam");
    await server.play("waiting");
    const [cam, waiting] = noalbsStreams(await stat(), "live");
    expect(cam).toEqual({
      name: "cam",
      bw_video: expect.any(Number),
      meta: {
        video: {
          width: 1280,
          height: 720,
          frame_rate: expect.any(Number),
          codec: "H264",
          profile: "High",
          compat: 0,
          level: 3.1,
        },
        audio: { codec: "AAC", profile: "LC", channels: 2, sample_rate: 44_100 },
      },
      active: true,
    });
    expect(cam!.bw_video).toBeGreaterThan(0);
    expect(waiting).toEqual({ name: "waiting", bw_video: 0, meta: undefined, active: false });
  });

  test("has what nginx-rtmp's has, in its order", async () => {
    await server.publish("cam", { pageUrl: "http://page/", swfUrl: "http://swf/" });
    await server.play("cam");
    const rtmp = await stat();
    const names = ({ children }: XmlElement) => children.map(({ name }) => name);
    expect(names(rtmp)).toEqual([
      ...["nginx_version", "nginx_rtmp_version", "compiler", "built", "pid", "uptime", "naccepted"],
      ...["bw_in", "bytes_in", "bw_out", "bytes_out", "server"],
    ]);
    const [live] = childrenOf(required(rtmp, "server"), "application").map((each) => required(each, "live"));
    const stream = required(live!, "stream");
    expect(names(stream)).toEqual([
      ...["name", "time", "bw_in", "bytes_in", "bw_out", "bytes_out", "bw_audio", "bw_video"],
      ...["client", "client", "meta", "nclients", "publishing", "active"],
    ]);
    const [publisher, player] = childrenOf(stream, "client");
    expect(names(publisher!)).toEqual([
      ...["id", "address", "time", "flashver", "pageurl", "swfurl", "dropped", "avsync", "timestamp"],
      ...["publishing", "active"],
    ]);
    expect(names(player!)).toEqual([
      ...["id", "address", "time", "flashver", "dropped", "avsync", "timestamp", "active"],
    ]);
    expect(required(rtmp, "naccepted").text).toBe("2");
    expect(required(live!, "nclients").text).toBe("2");
  });

  test("is shown by browsers, because it names no style sheet", async () => {
    expect((await server.get("/stat")).body).not.toContain("xml-stylesheet");
  });

  test("is well formed whatever peers call themselves", async () => {
    const nasty = `<a>&"'\u0000\u001b\u202e]]>é\ud83c`;
    await server.publish(`x${nasty}`, { flashVer: nasty, pageUrl: `http://page/${nasty}` });
    const [stream] = noalbsStreams(await stat(), "live");
    expect(stream!.name).toBe(`x${nasty.replace("\u0000\u001b", "").replace("\ud83c", "\ufffd")}`);
    expect((await server.get("/stat")).body).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test("tells applications of a virtual host apart", async () => {
    await server.publish("cam", { tcUrl: "rtmp://tv.example.com/live" });
    expect(noalbsStreams(await stat(), "live")).toEqual([]);
    expect(noalbsStreams(await stat(), "//tv.example.com/live")).toMatchObject([{ name: "cam" }]);
  });

  test("has all clients, however many", async () => {
    await server.playMany("cam", 2 * SLICE + 1);
    const [live] = childrenOf(required(await stat(), "server"), "application").map((each) =>
      required(each, "live"),
    );
    expect(childrenOf(required(live!, "stream"), "client")).toHaveLength(2 * SLICE + 1);
  });
});

describe("/control", () => {
  async function control(path: string): Promise<[status: number, body: string]> {
    const { statusCode, body } = await server.get(`/control/${path}`);
    return [statusCode, body];
  }

  test("drops a publisher, viewers, or both, and says how many", async () => {
    await server.publish("cam");
    await server.play("cam", "192.0.2.3");
    await server.play("cam", "192.0.2.4");
    await server.play("other");
    expect(await control("drop/subscriber?app=live&name=cam&addr=192.0.2.4")).toEqual([200, "1"]);
    expect(await control("drop/publisher?app=live&name=cam")).toEqual([200, "1"]);
    expect(await control("drop/publisher?app=live&name=cam")).toEqual([200, "0"]);
    expect(await control("drop/client?app=live&name=cam")).toEqual([200, "1"]);
    expect(server.gateway.sessions.size).toBe(1);
  });

  test("without a name drops those of all streams of the application, each once", async () => {
    await server.publish("cam");
    await server.publish("other");
    const viewer = await server.play("cam", "192.0.2.3");
    viewer.play("other", { netStreamId: 2 });
    await server.play("other", "192.0.2.4");
    await server.publish("cam", { tcUrl: "rtmp://tv.example.com/live" });
    expect(await control("drop/subscriber?app=live&addr=192.0.2.3")).toEqual([200, "1"]);
    expect(await control("drop/client?app=liv")).toEqual([200, "0"]);
    expect(await control("drop/publisher?app=live")).toEqual([200, "2"]);
    expect(await control("drop/client?app=live")).toEqual([200, "1"]);
    expect(server.gateway.sessions.size).toBe(1);
  });

  test("drops nobody without an application", async () => {
    await server.publish("cam");
    for (const query of ["", "?name=cam", "?app=", "?app=&name=live/cam"])
      expect((await control(`drop/client${query}`))[0]).toBe(400);
    expect((await control("redirect/client?name=cam&newname=other"))[0]).toBe(400);
    expect(server.gateway.sessions.size).toBe(1);
  });

  test("drops the client with the number that /stat tells", async () => {
    await server.play("cam");
    await server.play("cam");
    const [live] = childrenOf(required(await stat(), "server"), "application").map((each) =>
      required(each, "live"),
    );
    const [, second] = childrenOf(required(live!, "stream"), "client");
    const id = required(second!, "id").text;
    expect(id).toMatch(/^\d+$/);
    const [kept] = [...server.gateway.sessions.keys()];
    expect(await control(`drop/client?app=live&name=cam&clientid=${id}`)).toEqual([200, "1"]);
    expect([...server.gateway.sessions.keys()]).toEqual([kept]);
  });

  test("redirects viewers, and leaves the publisher", async () => {
    await server.publish("cam");
    await server.publish("other");
    const viewer = await server.play("cam");
    expect(await control("redirect/client?app=live&name=cam&newname=other")).toEqual([200, "1"]);
    expect(viewer.codes.at(-1)).toBe("NetStream.Play.Start");
    expect(server.gateway.streams.get("live/cam")?.publisher).toBeDefined();
  });

  test("starts and stops recordings", async () => {
    await server.publish("cam");
    expect(await control("record/start?app=live&name=cam&rec=r")).toEqual([200, "live/cam.flv"]);
    expect(await control("record/stop?app=live&name=cam&rec=r")).toEqual([200, "live/cam.flv"]);
  });

  test.each([
    ["record/start?app=live&name=none&rec=r", 204],
    ["record/start?app=live", 400],
    ["record/pause?app=live&name=cam", 404],
    ["drop/everybody?app=live&name=cam", 404],
    ["explode/client?app=live&name=cam", 404],
    ["redirect/client?app=live&name=cam", 404],
  ])("answers %s with %i", async (path, status) => {
    expect((await control(path))[0]).toBe(status);
  });

  test.each([
    ["an image in a page", { "sec-fetch-site": "cross-site" }, 403],
    ["a page of another port", { "sec-fetch-site": "same-site" }, 403],
    ["an old browser", { origin: "http://attacker.example" }, 403],
    ["a sandboxed page", { origin: "null" }, 403],
    ["the address line", { "sec-fetch-site": "none" }, 200],
    ["a program", {}, 200],
  ])("for %s answers with %i", async (_, headers, status) => {
    const { statusCode } = await server.get("/control/drop/client?app=live&name=cam", { headers });
    expect(statusCode).toBe(status);
  });
});

test("is not there unless it is configured", async () => {
  const plain = new TestServer();
  expect((await plain.get("/stat")).statusCode).toBe(404);
  expect((await plain.get("/control/drop/client?app=live&name=x")).statusCode).toBe(404);
  expect((await plain.get("/v3/paths/list")).statusCode).toBe(404);
  await plain.close();
});
