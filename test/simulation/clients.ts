import { type AmfValue, EcmaArray, encodeAmf0Values, writeAmf3 } from "@headgate/amf";
import { ByteWriter } from "@headgate/bytes";
import { MessageType, UserControlType, userControl, windowAcknowledgementSize } from "@headgate/message";
import type { ScriptedPeer } from "@headgate/scripted-peer";
import type { Pair } from "./pair.ts";

const SEQUENCE_HEADER = Uint8Array.of(0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f);
const KEYFRAME = Uint8Array.of(0x17, 1, 0, 0, 0, ...new Uint8Array(700).fill(0x65));
const AUDIO = Uint8Array.of(0xaf, 1, ...new Uint8Array(180).fill(0x21));
const METADATA = { width: 1280, height: 720, videocodecid: 7, audiocodecid: 10, encoder: "Lavf59.27.100" };

/** The name each client is told to publish or play. */
const STREAM = "cam?key=value";

/**
 * One visit of a client, with the messages it sends and the chunk streams it sends them on, in its own order; each step
 * waits for what the real client waits for.
 */
interface ClientScript {
  readonly name: string;
  readonly handshake: "simple" | "digest";
  readonly role: "publisher" | "player";
  run(pair: Pair): void;
}

function connectAs(pair: Pair, fields: { [key: string]: AmfValue }): void {
  pair.client.command([3, 0], "connect", 1, {
    app: "live",
    tcUrl: "rtmp://localhost:1935/live",
    ...fields,
  });
  pair.exchange();
}

function setBufferLength(client: ScriptedPeer, value: number, bufferLengthMs: number): void {
  client.send(userControl({ event: UserControlType.setBufferLength, value, bufferLengthMs }), 2);
}

function publishMedia(pair: Pair, chunkStreams: { data: number; audio: number; video: number }): void {
  const { client } = pair;
  const metadata = new EcmaArray({ duration: 0, ...METADATA });
  const payload = encodeAmf0Values(["@setDataFrame", "onMetaData", metadata]);
  client.payload(MessageType.dataAmf0, [chunkStreams.data, 1], 0, payload);
  client.payload(MessageType.video, [chunkStreams.video, 1], 0, SEQUENCE_HEADER);
  for (let timestamp = 0; timestamp < 200; timestamp += 40) {
    client.payload(MessageType.video, [chunkStreams.video, 1], timestamp, KEYFRAME);
    client.payload(MessageType.audio, [chunkStreams.audio, 1], timestamp + 10, AUDIO);
  }
  pair.exchange();
}

const ffmpegPlay: ClientScript = {
  name: "ffmpeg, playing",
  handshake: "digest",
  role: "player",
  run(pair) {
    const { client } = pair;
    const codecs = { fpad: false, capabilities: 15, audioCodecs: 4071, videoCodecs: 252, videoFunction: 1 };
    connectAs(pair, { flashVer: "LNX 9,0,124,2", ...codecs });
    client.send(windowAcknowledgementSize(2_500_000), 2);
    client.command([3, 0], "createStream", 2, null);
    client.command([3, 0], "FCSubscribe", 3, null, STREAM);
    client.command([3, 0], "_checkbw", 4, null);
    pair.exchange();
    client.command([8, 0], "getStreamLength", 5, null, STREAM);
    client.command([8, 1], "play", 6, null, STREAM, -2000);
    setBufferLength(client, 1, 3000);
    pair.exchange();
    client.command([3, 0], "deleteStream", 7, null, 1);
    pair.exchange();
  },
};

const ffmpegPublish: ClientScript = {
  name: "ffmpeg, publishing",
  handshake: "digest",
  role: "publisher",
  run(pair) {
    const { client } = pair;
    const flashVer = "FMLE/3.0 (compatible; Lavf59.27.100)";
    connectAs(pair, { type: "nonprivate", flashVer, fourCcList: ["hvc1", "av01", "vp09"] });
    client.useChunkSize(4096);
    client.command([3, 0], "releaseStream", 2, null, STREAM);
    client.command([3, 0], "FCPublish", 3, null, STREAM);
    client.command([3, 0], "createStream", 4, null);
    client.command([3, 0], "_checkbw", 5, null);
    pair.exchange();
    client.command([8, 1], "publish", 6, null, STREAM, "live");
    pair.exchange();
    publishMedia(pair, { data: 4, audio: 4, video: 6 });
    client.command([3, 0], "FCUnpublish", 7, null, STREAM);
    client.command([3, 0], "deleteStream", 8, null, 1);
    pair.exchange();
  },
};

const rtmpdump: ClientScript = {
  name: "rtmpdump",
  handshake: "simple",
  role: "player",
  run(pair) {
    const { client } = pair;
    connectAs(pair, {
      flashVer: "LNX 10,0,32,18",
      fpad: false,
      capabilities: 15,
      audioCodecs: 3191,
      videoCodecs: 252,
      videoFunction: 1,
    });
    client.send(windowAcknowledgementSize(2_500_000), 2);
    setBufferLength(client, 0, 300);
    client.command([3, 0], "createStream", 2, null);
    client.command([3, 0], "_checkbw", 3, null);
    pair.exchange();
    client.command([3, 0], "FCSubscribe", 4, null, STREAM);
    client.command([8, 1], "play", 5, null, STREAM, 0);
    setBufferLength(client, 1, 36_000_000);
    pair.exchange();
    // librtmp answers a ping with a format 1 header.
    client.sendRaw(Uint8Array.of(0x42, 0, 0, 0, 0, 0, 6, 4, 0, 7, 0, 0, 0, 1));
    client.command([3, 0], "deleteStream", 0, null, 1);
    pair.exchange();
  },
};

const gstreamerSink: ClientScript = {
  name: "GStreamer's rtmp2sink",
  handshake: "simple",
  role: "publisher",
  run(pair) {
    const { client } = pair;
    connectAs(pair, { type: "nonprivate", flashVer: "FMLE/3.0 (compatible; FMSc/1.0)" });
    client.send(windowAcknowledgementSize(2_500_000), 2);
    client.command([3, 0], "releaseStream", 0, null, STREAM);
    client.command([3, 0], "FCPublish", 0, null, STREAM);
    client.command([3, 0], "createStream", 2, null);
    pair.exchange();
    client.command([3, 1], "publish", 0, null, STREAM, "live");
    pair.exchange();
    client.useChunkSize(300);
    publishMedia(pair, { data: 4, audio: 5, video: 6 });
    client.command([3, 0], "FCUnpublish", 0, null, STREAM);
    client.command([3, 0], "deleteStream", 0, null, STREAM);
    pair.exchange();
  },
};

const gstreamerSource: ClientScript = {
  name: "GStreamer's rtmp2src",
  handshake: "simple",
  role: "player",
  run(pair) {
    const { client } = pair;
    connectAs(pair, { flashVer: "LNX 10,0,32,18", fpad: false, capabilities: 15 });
    client.send(windowAcknowledgementSize(2_500_000), 2);
    client.command([3, 0], "createStream", 2, null);
    pair.exchange();
    client.command([3, 1], "play", 0, null, STREAM, -2);
    setBufferLength(client, 1, 300);
    pair.exchange();
    client.command([3, 0], "deleteStream", 0, null, STREAM);
    pair.exchange();
  },
};

/** An AMF3 message as Flash writes it: AMF0 values behind a format selector, and AMF3 ones behind the avmplus marker. */
function amf3(values: readonly AmfValue[], ...amf3Values: AmfValue[]): Uint8Array {
  const writer = new ByteWriter().u8(0).raw(encodeAmf0Values(values));
  for (const value of amf3Values) writeAmf3(writer.u8(0x11), value);
  return writer.finish();
}

function connectAsFlash(pair: Pair): void {
  connectAs(pair, {
    flashVer: "WIN 32,0,0,465",
    fpad: false,
    capabilities: 239,
    audioCodecs: 3575,
    videoCodecs: 252,
    videoFunction: 1,
    objectEncoding: 3,
  });
  const { client } = pair;
  client.payload(MessageType.commandAmf3, [3, 0], 0, amf3(["createStream", 2, null]));
  pair.exchange();
}

const flashPublish: ClientScript = {
  name: "Flash, publishing with object encoding 3",
  handshake: "digest",
  role: "publisher",
  run(pair) {
    const { client } = pair;
    connectAsFlash(pair);
    client.payload(MessageType.commandAmf3, [8, 1], 0, amf3(["publish", 0, null], STREAM, "live"));
    pair.exchange();
    publishMedia(pair, { data: 4, audio: 6, video: 5 });
    client.payload(MessageType.dataAmf3, [4, 1], 200, amf3(["onTextData"], { text: "hello" }));
    client.payload(MessageType.commandAmf3, [8, 1], 0, amf3(["closeStream", 0, null]));
    client.payload(MessageType.commandAmf3, [3, 0], 0, amf3(["deleteStream", 0, null], 1));
    pair.exchange();
  },
};

const flashPlay: ClientScript = {
  name: "Flash, playing with object encoding 3",
  handshake: "digest",
  role: "player",
  run(pair) {
    const { client } = pair;
    connectAsFlash(pair);
    client.payload(MessageType.commandAmf3, [8, 1], 0, amf3(["receiveAudio", 0, null, true]));
    client.payload(MessageType.commandAmf3, [8, 1], 0, amf3(["play", 0, null, STREAM, -2000, -1], true));
    setBufferLength(client, 1, 100);
    pair.exchange();
    client.payload(MessageType.commandAmf3, [8, 1], 0, amf3(["seek", 0, null, 5000]));
    client.payload(MessageType.commandAmf3, [8, 1], 0, amf3(["pause", 0, null, true, 1000]));
    client.payload(MessageType.commandAmf3, [8, 1], 0, amf3(["pause", 0, null, false, 1000]));
    client.payload(MessageType.commandAmf3, [8, 1], 0, amf3(["play", 0, null, false]));
    client.payload(MessageType.commandAmf3, [3, 0], 0, amf3(["deleteStream", 0, null, 1]));
    pair.exchange();
  },
};

const obs: ClientScript = {
  name: "OBS",
  handshake: "simple",
  role: "publisher",
  run(pair) {
    const { client } = pair;
    client.useChunkSize(4096);
    const url = "rtmp://localhost:1935/live";
    connectAs(pair, { type: "nonprivate", flashVer: "FMLE/3.0 (compatible; FMSc/1.0)", swfUrl: url });
    client.command([3, 0], "releaseStream", 2, null, STREAM);
    client.command([3, 0], "FCPublish", 3, null, STREAM);
    client.command([3, 0], "createStream", 4, null);
    pair.exchange();
    client.command([4, 1], "publish", 5, null, STREAM, "live");
    pair.exchange();
    publishMedia(pair, { data: 4, audio: 4, video: 4 });
    client.command([3, 0], "FCUnpublish", 6, null, STREAM);
    client.command([3, 0], "deleteStream", 7, null, 1);
    pair.exchange();
  },
};

export const CLIENTS: readonly ClientScript[] = [
  ffmpegPlay,
  ffmpegPublish,
  rtmpdump,
  gstreamerSink,
  gstreamerSource,
  flashPublish,
  flashPlay,
  obs,
];
