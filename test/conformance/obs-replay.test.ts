import { type AmfValue, decodeAmf0Values, EcmaArray } from "@headgate/amf";
import { ChunkDecoder } from "@headgate/chunk";
import { DEFAULT_CONNECTION_LIMITS, ServerConnection } from "@headgate/connection";
import { MessageType } from "@headgate/message";
import type { SessionEvent } from "@headgate/session";
import { byteByByte, kept, Random, randomCuts } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import {
  OBS_C0C1,
  OBS_CONNECT,
  OBS_CREATE_STREAM,
  OBS_MEDIA_MESSAGES,
  OBS_STREAM_NAME,
  obsC2,
  obsMedia,
  obsPublish,
  obsStop,
} from "./obs-session.ts";

const STREAM_ID = 1;
const SECOND_MS = 1000;
const TIMEOUTS = {
  firstByteMs: SECOND_MS,
  handshakeMs: SECOND_MS,
  connectMs: SECOND_MS,
  pingIntervalMs: SECOND_MS,
  pingTimeoutMs: SECOND_MS,
};

/** A server that grants everything, as OBS talks to it part by part. */
class Replay {
  readonly #random = new Random(1);
  readonly #connection: ServerConnection;
  readonly #decoder = new ChunkDecoder();
  readonly #cut: (part: Uint8Array) => readonly Uint8Array[];
  #events: SessionEvent[] = [];
  #output: number[] = [];

  constructor(cut: (part: Uint8Array) => readonly Uint8Array[]) {
    this.#cut = cut;
    const random = (length: number) => this.#random.bytes(length);
    const options = { random, chunkSize: 60_000, ackWindow: 2_500_000, rtmpe: false, timeouts: TIMEOUTS };
    this.#connection = new ServerConnection({ ...options, limits: DEFAULT_CONNECTION_LIMITS }, 0);
  }

  /** S0, S1 and S2. */
  shakeHands(): Uint8Array {
    this.#receive(OBS_C0C1);
    const answer = Uint8Array.from(this.#output.splice(0));
    this.#receive(obsC2(answer.subarray(1, 1537)));
    return answer;
  }

  /** What the driver is told of this part, and the commands OBS is answered with. */
  play(part: Uint8Array): { readonly events: readonly SessionEvent[]; readonly commands: AmfValue[][] } {
    this.#events = [];
    this.#receive(part);
    this.#decoder.push(Uint8Array.from(this.#output.splice(0)));
    const commands: AmfValue[][] = [];
    for (let message = this.#decoder.next(); message; message = this.#decoder.next()) {
      if (message.type !== MessageType.commandAmf0) continue;
      commands.push([message.messageStreamId, ...decodeAmf0Values(message.payload)]);
    }
    return { events: this.#events, commands };
  }

  onEvent(event: SessionEvent): void {
    this.#events.push(kept(event));
    const { session } = this.#connection;
    if (event.kind === "connectRequested") session.acceptConnect();
    if (event.kind === "publishRequested") session.netStream(event.netStreamId)?.acceptPublish();
  }

  onOutput(bytes: Uint8Array): void {
    this.#output.push(...bytes);
  }

  #receive(part: Uint8Array): void {
    for (const piece of this.#cut(part)) {
      this.#connection.receive(piece, 0);
      this.#connection.poll(this, 0);
    }
  }
}

const random = new Random(2);

describe.each([
  ["in whole parts", (part: Uint8Array) => [part]],
  ["byte by byte", byteByByte],
  ["in random pieces", (part: Uint8Array) => randomCuts(part, random)],
])("an OBS session %s", (_, cut) => {
  const replay = new Replay(cut);

  it("is shaken hands with by an echo of C1", () => {
    const answer = replay.shakeHands();
    expect(answer.length).toBe(3073);
    expect(answer.subarray(1537)).toEqual(OBS_C0C1.subarray(1));
  });

  it("is connected", () => {
    const { events, commands } = replay.play(OBS_CONNECT);
    expect(events).toMatchObject([
      {
        kind: "connectRequested",
        request: { application: "live", query: "", flashVersion: "FMLE/3.0 (compatible; FMSc/1.0)" },
      },
    ]);
    expect(commands).toMatchObject([
      [0, "_result", 1, {}, { code: "NetConnection.Connect.Success", objectEncoding: 0 }],
      [0, "onBWDone", 0, null],
    ]);
  });

  it("is given NetStream 1", () => {
    expect(replay.play(OBS_CREATE_STREAM)).toEqual({
      events: [],
      commands: [
        [0, "_result", 2, null, undefined],
        [
          0,
          "onFCPublish",
          0,
          null,
          { level: "status", code: "NetStream.Publish.Start", description: "Ready to be published to." },
        ],
        [0, "_result", 3, null, undefined],
        [0, "_result", 4, null, STREAM_ID],
      ],
    });
  });

  it("is allowed to publish", () => {
    const { events, commands } = replay.play(obsPublish(STREAM_ID));
    const stream = { name: OBS_STREAM_NAME, query: "", written: OBS_STREAM_NAME };
    expect(events).toEqual([{ kind: "publishRequested", netStreamId: STREAM_ID, stream, type: "live" }]);
    expect(commands).toMatchObject([
      [STREAM_ID, "onStatus", 0, null, { level: "status", code: "NetStream.Publish.Start" }],
    ]);
  });

  it("has its metadata taken out of its wrapper, and its media taken as they are", () => {
    const { events, commands } = replay.play(obsMedia(STREAM_ID));
    expect(commands).toEqual([]);
    const [data, ...media] = events;
    if (data?.kind !== "data") throw new Error("the first message is metadata");
    expect(data.retain).toBe("onMetaData");
    const [name, metadata] = decodeAmf0Values(data.message.payload);
    expect([name, metadata instanceof EcmaArray]).toEqual(["onMetaData", true]);
    expect(metadata).toMatchObject({ properties: { width: 128, height: 72, framerate: 20 } });
    expect(media).toEqual(
      OBS_MEDIA_MESSAGES.slice(1).map((message) => ({
        kind: "media",
        netStreamId: STREAM_ID,
        message: { ...message, messageStreamId: STREAM_ID },
      })),
    );
  });

  it("takes its leave", () => {
    const { events, commands } = replay.play(obsStop(STREAM_ID));
    expect(events).toEqual([{ kind: "stopped", netStreamId: STREAM_ID }]);
    expect(commands).toMatchObject([
      [STREAM_ID, "onStatus", 0, null, { code: "NetStream.Unpublish.Success" }],
      [0, "onFCUnpublish", 0, null, { code: "NetStream.Unpublish.Success" }],
      [0, "_result", 6, null, undefined],
    ]);
  });
});
