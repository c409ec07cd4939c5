import { decodeAmf0Values, type EcmaArray } from "@headgate/amf";
import { ChunkDecoder, DEFAULT_CHUNK_LIMITS } from "@headgate/chunk";
import { ServerHandshake } from "@headgate/handshake";
import type { Message } from "@headgate/message";
import { Random } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import {
  OBS_APP,
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

/** The messages of each part, read one after the other by the same decoder. */
function decodeParts(...parts: readonly Uint8Array[]): Message[][] {
  const decoder = new ChunkDecoder(DEFAULT_CHUNK_LIMITS);
  return parts.map((part) => {
    const messages: Message[] = [];
    decoder.push(part);
    for (let message = decoder.next(); message; message = decoder.next()) {
      messages.push({ ...message, payload: message.payload.slice() });
    }
    return messages;
  });
}

/** Name, transaction id and arguments. */
function command(message: Message | undefined): unknown[] {
  return message ? decodeAmf0Values(message.payload) : [];
}

describe("an OBS session", () => {
  const [connect, createStream, publish, media, stop] = decodeParts(
    OBS_CONNECT,
    OBS_CREATE_STREAM,
    obsPublish(STREAM_ID),
    obsMedia(STREAM_ID),
    obsStop(STREAM_ID),
  );

  it("begins with a simple handshake that ends with C2, whatever comes with it in one read", () => {
    const random = new Random(1);
    const server = new ServerHandshake({ random: (length) => random.bytes(length) });
    expect(server.receive(OBS_C0C1, 0)).toBe(1537);
    const s1 = server.takeOutput()?.subarray(1, 1537) ?? new Uint8Array(0);
    const c2AndConnect = Uint8Array.from([...obsC2(s1), ...OBS_CONNECT]);
    expect(server.receive(c2AndConnect, 0)).toBe(1536);
    expect(server.result).toEqual({ kind: "simple", peerVersion: "0.0.0.0" });
  });

  it("connects as a publisher with swfUrl equal to tcUrl, in one chunk because it has set its chunk size", () => {
    expect(connect).toHaveLength(1);
    const [name, transactionId, object] = command(connect?.[0]);
    expect([name, transactionId]).toEqual(["connect", 1]);
    expect(object).toEqual({
      app: OBS_APP,
      type: "nonprivate",
      flashVer: "FMLE/3.0 (compatible; FMSc/1.0)",
      swfUrl: "rtmp://127.0.0.1/live",
      tcUrl: "rtmp://127.0.0.1/live",
    });
  });

  it("names its stream three times before it publishes, and takes its leave in two commands", () => {
    expect([createStream, publish, stop].map((part) => part?.map(command))).toEqual([
      [
        ["releaseStream", 2, null, OBS_STREAM_NAME],
        ["FCPublish", 3, null, OBS_STREAM_NAME],
        ["createStream", 4, null],
      ],
      [["publish", 5, null, OBS_STREAM_NAME, "live"]],
      [
        ["FCUnpublish", 6, null, OBS_STREAM_NAME],
        ["deleteStream", 7, null, STREAM_ID],
      ],
    ]);
    expect(publish?.[0]?.messageStreamId).toBe(STREAM_ID);
    expect(stop?.[1]?.messageStreamId).toBe(0);
  });

  it("sends metadata, sequence headers and frames with the timestamps that are meant", () => {
    expect(media).toEqual(OBS_MEDIA_MESSAGES.map((message) => ({ ...message, messageStreamId: STREAM_ID })));
  });

  it("counts the properties of its metadata rightly", () => {
    const [handler, name, metadata] = command(media?.[0]);
    expect([handler, name]).toEqual(["@setDataFrame", "onMetaData"]);
    const { properties } = metadata as EcmaArray;
    expect(Object.keys(properties)).toHaveLength(20);
    expect(properties).toMatchObject({ width: 128, height: 72, framerate: 20, stereo: true, "7.1": false });
  });
});
