import { type AmfValue, decodeAmf0Values, encodeAmf0Values } from "@headgate/amf";
import { type Message, MessageType, readUserControl, UserControlType, userControl } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { RtmpUrl } from "../rtmp-url.ts";
import type { ClientEvent } from "./client-events.ts";
import { ClientSession } from "./client-session.ts";

const URL_TEXT = "rtmp://example.org/live/cam?key=abc";

/** A server that answers only what a test has it say. */
class ScriptedServer {
  readonly client: ClientSession;

  constructor(purpose: "play" | "publish", more: { via?: string[]; applicationQuery?: string } = {}) {
    this.client = new ClientSession({
      url: RtmpUrl.parse(URL_TEXT)!,
      purpose,
      flashVersion: "LNX 1.0",
      chunkSize: 60_000,
      ackWindow: 2_500_000,
      ...more,
    });
  }

  /** One that has accepted everything. */
  static started(purpose: "play" | "publish"): ScriptedServer {
    const server = new ScriptedServer(purpose);
    server.accept();
    server.status(`NetStream.${purpose === "play" ? "Play" : "Publish"}.Start`);
    server.events();
    server.said();
    return server;
  }

  /** Accepts connect and createStream; the NetStream is 7. */
  accept(): void {
    this.command(0, "_result", 1, {}, { code: "NetConnection.Connect.Success", level: "status" });
    this.command(0, "_result", 4, null, 7);
  }

  status(code: string, level = "status"): void {
    this.command(7, "onStatus", 0, null, { level, code, description: `about ${code}` });
  }

  command(messageStreamId: number, ...values: AmfValue[]): void {
    this.message(MessageType.commandAmf0, messageStreamId, encodeAmf0Values(values));
  }

  message(type: number, messageStreamId: number, payload: Uint8Array, timestamp = 0): void {
    this.client.receive({ type, timestamp, messageStreamId, payload });
  }

  events(): ClientEvent[] {
    const events: ClientEvent[] = [];
    do {
      for (let event = this.client.nextEvent(); event; event = this.client.nextEvent()) events.push(event);
    } while (this.client.takePart());
    return events;
  }

  get kinds(): string[] {
    return this.events().map(({ kind }) => kind);
  }

  messages(): Message[] {
    const messages: Message[] = [];
    for (let next = this.client.nextMessage(); next; next = this.client.nextMessage())
      messages.push(next.message);
    return messages;
  }

  /** The commands the client has sent, as values behind their message stream id. */
  said(): AmfValue[][] {
    return this.messages()
      .filter(({ type }) => type === MessageType.commandAmf0)
      .map(({ messageStreamId, payload }) => [messageStreamId, ...decodeAmf0Values(payload)]);
  }
}

describe("a client that plays", () => {
  it("connects, makes a NetStream and asks for its stream, one after the other", () => {
    const server = new ScriptedServer("play");
    const [connect, ...others] = server.said();
    expect(others).toEqual([]);
    expect(connect).toMatchObject([
      0,
      "connect",
      1,
      { app: "live", tcUrl: "rtmp://example.org/live", flashVer: "LNX 1.0", capabilities: 15 },
    ]);
    server.command(0, "_result", 1, {}, { code: "NetConnection.Connect.Success", capsEx: 14 });
    expect(server.events()).toMatchObject([{ kind: "connected", info: { capsEx: 14 } }]);
    expect(server.client.connected).toBe(true);
    expect(server.said()).toEqual([[0, "createStream", 4, null]]);
    server.command(0, "_result", 4, null, 7);
    expect(server.said()).toEqual([[7, "play", 0, null, "cam?key=abc", -1000]]);
    server.status("NetStream.Play.Reset");
    expect(server.events()).toEqual([]);
    server.status("NetStream.Play.Start");
    expect(server.kinds).toEqual(["started"]);
  });

  it("gets media, and data but for what concerns the session only", () => {
    const server = ScriptedServer.started("play");
    server.message(MessageType.dataAmf0, 7, encodeAmf0Values(["|RtmpSampleAccess", true, true]));
    server.message(MessageType.dataAmf0, 7, encodeAmf0Values(["onMetaData", { width: 640 }]));
    server.message(MessageType.dataAmf0, 7, encodeAmf0Values(["onCuePoint", 1]));
    server.message(MessageType.video, 7, Uint8Array.of(0x17, 1), 40);
    expect(server.events()).toMatchObject([
      { kind: "data", retain: "onMetaData" },
      { kind: "data", retain: undefined },
      { kind: "media", message: { type: MessageType.video, timestamp: 40 } },
    ]);
  });

  it("takes media for the start, where a server says nothing before", () => {
    const server = new ScriptedServer("play");
    server.accept();
    server.message(MessageType.audio, 7, Uint8Array.of(0xaf, 1));
    expect(server.kinds).toEqual(["connected", "started", "media"]);
  });

  it("hears that its publisher goes and comes", () => {
    const server = ScriptedServer.started("play");
    server.status("NetStream.Play.UnpublishNotify");
    server.status("NetStream.Play.PublishNotify");
    expect(server.kinds).toEqual(["unpublished", "published"]);
  });

  it("is refused, and hears nothing after that", () => {
    const server = new ScriptedServer("play");
    server.accept();
    server.status("NetStream.Play.StreamNotFound", "error");
    server.status("NetStream.Play.Start");
    server.message(MessageType.audio, 7, Uint8Array.of(0xaf, 1));
    expect(server.events().slice(1)).toEqual([
      {
        kind: "refused",
        request: "play",
        code: "NetStream.Play.StreamNotFound",
        description: "about NetStream.Play.StreamNotFound",
      },
    ]);
  });

  it.each(["NetStream.Play.Stop", "NetStream.Play.Complete"])("is at its end with %s", (code) => {
    const server = ScriptedServer.started("play");
    server.status(code);
    expect(server.events()).toMatchObject([{ kind: "ended", code }]);
  });
});

describe("a client that publishes", () => {
  it("asks for the stream as encoders do, and sends media once it may", () => {
    const server = new ScriptedServer("publish", {
      via: ["a", "b"],
      applicationQuery: "?authmod=adobe&user=me",
    });
    expect(server.said()[0]).toMatchObject([
      0,
      "connect",
      1,
      {
        app: "live?authmod=adobe&user=me",
        tcUrl: "rtmp://example.org/live?authmod=adobe&user=me",
        type: "nonprivate",
        headgateVia: "a,b",
      },
    ]);
    server.accept();
    expect(server.said()).toEqual([
      [0, "releaseStream", 2, null, "cam?key=abc"],
      [0, "FCPublish", 3, null, "cam?key=abc"],
      [0, "createStream", 4, null],
      [7, "publish", 5, null, "cam?key=abc", "live"],
    ]);
    const media = { type: MessageType.video, timestamp: 40, payload: Uint8Array.of(0x17, 1) };
    server.client.publish(media);
    expect(server.messages()).toEqual([]);
    server.status("NetStream.Publish.Start");
    server.client.publish(media);
    expect(server.messages()).toEqual([{ ...media, messageStreamId: 7 }]);
  });

  it("sends metadata as encoders do, however long it is", () => {
    const server = ScriptedServer.started("publish");
    const metadata = ["onMetaData", { encoder: "x".repeat(61_000) }];
    const payload = encodeAmf0Values(metadata);
    server.client.publish({ type: MessageType.dataAmf0, timestamp: 0, payload });
    expect(server.messages().map((each) => decodeAmf0Values(each.payload))).toEqual([
      ["@setDataFrame", ...metadata],
    ]);
    const cue = { type: MessageType.dataAmf0, timestamp: 0, payload: encodeAmf0Values(["onCuePoint", 1]) };
    server.client.publish(cue);
    expect(server.messages()).toEqual([{ ...cue, messageStreamId: 7 }]);
  });

  it("does not mind servers that know no releaseStream and no FCPublish", () => {
    const server = new ScriptedServer("publish");
    server.command(0, "_result", 1, {}, { code: "NetConnection.Connect.Success" });
    server.command(0, "_error", 2, null, { level: "error", code: "NetConnection.Call.Failed" });
    server.command(0, "_error", 3, null, { level: "error", code: "NetConnection.Call.Failed" });
    expect(server.kinds).toEqual(["connected"]);
  });

  it("is told which request was refused", () => {
    const refusals = (say: (server: ScriptedServer) => void): unknown[] => {
      const server = new ScriptedServer("publish");
      say(server);
      return server.events().filter(({ kind }) => kind === "refused");
    };
    const rejected = { level: "error", code: "NetConnection.Connect.Rejected", description: "no" };
    expect(refusals((server) => server.command(0, "_error", 1, null, rejected))).toMatchObject([
      { request: "connect", description: "no" },
    ]);
    expect(
      refusals((server) => {
        server.accept();
        server.status("NetStream.Publish.BadName", "error");
      }),
    ).toMatchObject([{ request: "publish", code: "NetStream.Publish.BadName" }]);
  });

  it("is ended by a server that has enough of it", () => {
    const server = ScriptedServer.started("publish");
    server.status("NetStream.Publish.BadName", "error");
    expect(server.events()).toMatchObject([{ kind: "ended", code: "NetStream.Publish.BadName" }]);
  });

  it("says goodbye", () => {
    const server = ScriptedServer.started("publish");
    server.client.end();
    expect(server.said()).toEqual([
      [0, "FCUnpublish", 0, null, "cam?key=abc"],
      [0, "deleteStream", 0, null, 7],
    ]);
  });
});

describe("any client", () => {
  it("answers a ping", () => {
    const server = ScriptedServer.started("play");
    const { type, payload } = userControl({ event: UserControlType.pingRequest, value: 42 });
    server.message(type, 0, payload);
    expect(server.messages().map((message) => readUserControl(message.payload))).toEqual([
      { event: UserControlType.pingResponse, value: 42 },
    ]);
  });

  it("does without the bytes behind an answer, and the values of a call that it does not know", () => {
    const server = new ScriptedServer("play");
    const stray = (...values: AmfValue[]) =>
      server.message(MessageType.commandAmf0, 0, Uint8Array.of(...encodeAmf0Values(values), 0xee));
    stray("_result", 1, {}, { code: "NetConnection.Connect.Success" });
    stray("onBWDone", 0);
    stray("_result", 4, null, 7);
    stray("onStatus", 0, null, { level: "status", code: "NetStream.Play.Start" });
    expect(server.kinds).toEqual(["connected", "started"]);
  });

  it("does not go on where it cannot read an answer that it needs", () => {
    const server = new ScriptedServer("play");
    server.command(0, "_result", 1, {}, {});
    for (const values of [
      ["_result", 4, null],
      ["onStatus", 0, null],
    ]) {
      const payload = Uint8Array.of(...encodeAmf0Values(values), 0xee);
      expect(() => server.message(MessageType.commandAmf0, 0, payload)).toThrow("marker 238");
    }
  });

  it("relays of a stream what it cannot read, and skips what has no name", () => {
    const server = ScriptedServer.started("play");
    server.message(MessageType.dataAmf0, 7, Uint8Array.of(...encodeAmf0Values(["onCamera"]), 0xee));
    server.message(MessageType.dataAmf0, 7, Uint8Array.of(0, 0, 0, 0));
    expect(server.kinds).toEqual(["data"]);
  });

  it("is over when the server closes the connection", () => {
    const server = ScriptedServer.started("play");
    server.command(0, "close", 0, null);
    expect(server.kinds).toEqual(["ended"]);
  });
});
