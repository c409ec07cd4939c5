import { MessageType, UserControlType } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { CLIENTS } from "./clients.ts";
import { heardBy, resultHeardBy, statusCodesHeardBy } from "./heard.ts";
import { Pair } from "./pair.ts";

const { streamBegin } = UserControlType;

function run(
  client: (typeof CLIENTS)[number],
  cutSeed?: number,
  handshake: "simple" | "digest" | "rtmpe" = client.handshake,
): Pair {
  const pair = new Pair({
    handshake,
    ...(cutSeed !== undefined && { cutSeed }),
  });
  client.run(pair);
  return pair;
}

describe.each(CLIENTS)("$name", (client) => {
  const pair = run(client);
  const heard = heardBy(pair.client);

  it("is connected and given NetStream 1", () => {
    expect(pair.ended).toBeUndefined();
    expect(resultHeardBy(pair.client, 1)?.[1]).toMatchObject({ code: "NetConnection.Connect.Success" });
    expect(heard.filter(([, name, , , id]) => name === "_result" && id === 1)).toHaveLength(1);
  });

  it("is refused nothing", () => {
    expect(heard.filter(([, name]) => name === "_error")).toEqual([]);
  });

  it("asks the driver for its stream, with the query apart", () => {
    const kind = client.role === "publisher" ? "publishRequested" : "playRequested";
    const stream = { name: "cam", query: "key=value" };
    const request = client.role === "publisher" ? { stream, type: "live" } : { request: { stream } };
    expect(pair.events.filter((event) => event.kind === kind)).toMatchObject([
      { netStreamId: 1, ...request },
    ]);
  });

  it("is told on its NetStream what it waits for, after the begin of the stream", () => {
    const begin = heard.findIndex(
      ([name, event, id]) => name === "userControl" && event === streamBegin && id === 1,
    );
    const start = heard.findIndex(
      ([on, name, , , info]) =>
        on === 1 && name === "onStatus" && `${(info as { code: string }).code}`.endsWith(".Start"),
    );
    expect(begin).toBeGreaterThan(0);
    expect(start).toBeGreaterThan(begin);
    expect(statusCodesHeardBy(pair.client)[0]).toBe(
      client.role === "publisher" ? "NetStream.Publish.Start" : "NetStream.Play.Reset",
    );
  });

  it("stops once, and leaves no NetStream", () => {
    expect(pair.events.filter(({ kind }) => kind === "stopped")).toHaveLength(1);
    expect(pair.server.session.netStream(1)).toBeUndefined();
  });

  it("never sees its query again", () => {
    expect(JSON.stringify(heard)).not.toContain("key=value");
  });

  it("comes to the same however what is said is cut", () => {
    for (let cutSeed = 1; cutSeed <= 5; cutSeed += 1) {
      const cut = run(client, cutSeed);
      expect(cut.events, `seed ${cutSeed}`).toEqual(pair.events);
      expect(heardBy(cut.client), `seed ${cutSeed}`).toEqual(heard);
    }
  });
});

describe.each(CLIENTS)("$name over RTMPE", (client) => {
  const { events, client: plain, sent } = run(client);

  it("comes to the same as over plain RTMP, in one piece and however it is cut", () => {
    for (const cutSeed of [undefined, 1, 2, 3]) {
      const encrypted = run(client, cutSeed, "rtmpe");
      expect(encrypted.server.encrypted, `seed ${cutSeed}`).toBe(true);
      expect(encrypted.events, `seed ${cutSeed}`).toEqual(events);
      expect(heardBy(encrypted.client), `seed ${cutSeed}`).toEqual(heardBy(plain));
    }
  });

  it("says nothing readable", () => {
    const connect = Buffer.from("connect");
    expect(Buffer.concat(sent).includes(connect)).toBe(true);
    expect(Buffer.concat(run(client, undefined, "rtmpe").sent).includes(connect)).toBe(false);
  });
});

describe.each(CLIENTS.filter(({ role }) => role === "publisher"))("$name", (client) => {
  const { events } = run(client);

  it("has all of its media taken, with its timestamps", () => {
    const timestamps = (type: number) =>
      events.flatMap((event) =>
        event.kind === "media" && event.message.type === type ? [event.message.timestamp] : [],
      );
    expect(timestamps(MessageType.video)).toEqual([0, 0, 40, 80, 120, 160]);
    expect(timestamps(MessageType.audio)).toEqual([10, 50, 90, 130, 170]);
  });

  it("has its metadata kept for later viewers", () => {
    const [data] = events.filter(({ kind }) => kind === "data");
    expect(data).toMatchObject({ netStreamId: 1, retain: "onMetaData" });
  });
});

describe("a client that asked for object encoding 3", () => {
  it("has its text relayed in AMF0", () => {
    const flash = CLIENTS.find(({ name }) => name.startsWith("Flash, publishing"))!;
    const [, text] = run(flash).events.filter(({ kind }) => kind === "data");
    expect(text).toMatchObject({
      retain: undefined,
      message: { type: MessageType.dataAmf0, timestamp: 200 },
    });
  });

  it("has its pauses taken", () => {
    const flash = CLIENTS.find(({ name }) => name.startsWith("Flash, playing"))!;
    const paused = run(flash).events.filter(({ kind }) => kind === "pauseRequested");
    expect(paused).toMatchObject([
      { paused: true, positionMs: 1000 },
      { paused: false, positionMs: 1000 },
    ]);
  });
});
