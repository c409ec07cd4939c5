import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

/** One packet of one elementary stream. Times are milliseconds. */
export interface Packet {
  readonly stream: string;
  readonly dts: number;
  readonly pts: number;
  /** False also where the format read does not say. */
  readonly isKeyframe: boolean;
  readonly hash: string;
}

/** What was published, or what a player got: two of them compare if the same kind of reader made them. */
export interface Recording {
  /** In the order of the file. */
  readonly packets: readonly Packet[];
  /** Per stream the distinct decoder configurations (and `onMetaData`), which a server repeats to whoever joins. */
  readonly headers: ReadonlyMap<string, ReadonlySet<string>>;
}

class RecordingBuilder implements Recording {
  readonly packets: Packet[] = [];
  readonly headers = new Map<string, Set<string>>();

  addHeader(stream: string, hash: string): void {
    const known = this.headers.get(stream);
    if (known) known.add(hash);
    else this.headers.set(stream, new Set([hash]));
  }
}

/**
 * The tags of an FLV file (FLV 10.1, Annex E), each the exact body of one RTMP message. Streams are `audio` and `video`.
 * Ends of sequence are left out, because rtmpdump never writes them.
 */
export async function readFlvFile(path: string): Promise<Recording> {
  const file = await readFile(path);
  const recording = new RecordingBuilder();
  let at = 9 + 4;
  while (at + 11 <= file.length) {
    const length = file.readUIntBE(at + 1, 3);
    const body = file.subarray(at + 11, at + 11 + length);
    // A player that was stopped may leave the last tag unfinished.
    if (body.length < length) break;
    const timestamp = file.readUIntBE(at + 4, 3) | (file.readUInt8(at + 7) << 24);
    addTag(recording, file.readUInt8(at) & 0x1f, timestamp, body);
    at += 11 + length + 4;
  }
  return recording;
}

function addTag(recording: RecordingBuilder, type: number, timestamp: number, body: Buffer): void {
  const hash = createHash("md5").update(body).digest("hex");
  if (type === 18) {
    if (body.subarray(3, 13).toString("latin1") === "onMetaData") recording.addHeader("onMetaData", hash);
    return;
  }
  if (type !== 8 && type !== 9) return;
  const stream = type === 8 ? "audio" : "video";
  const kind = type === 8 ? audioTagKind(body) : videoTagKind(body);
  if (kind === "header") recording.addHeader(stream, hash);
  else if (kind !== "end") {
    recording.packets.push({ stream, dts: timestamp, pts: timestamp, isKeyframe: kind === "key", hash });
  }
}

type TagKind = "header" | "key" | "inter" | "end";

/** FLV 10.1 E.4.3; Enhanced RTMP v2, "ExVideoTagHeader". */
function videoTagKind(body: Buffer): TagKind {
  const [first = 0, second = 0] = body;
  const frame: TagKind = ((first >> 4) & 7) === 1 ? "key" : "inter";
  if (first & 0x80) {
    const multitrack = 6;
    const packetType = (first & 15) === multitrack ? second & 15 : first & 15;
    return packetType === 2 ? "end" : [0, 4, 5].includes(packetType) ? "header" : frame;
  }
  const avc = 7;
  if ((first & 15) !== avc) return frame;
  return second === 0 ? "header" : second === 2 ? "end" : frame;
}

/** FLV 10.1 E.4.2; Enhanced RTMP v2, "ExAudioTagHeader". */
function audioTagKind(body: Buffer): TagKind {
  const [first = 0, second = 0] = body;
  const [aac, enhanced, multitrack] = [10, 9, 5];
  if (first >> 4 === enhanced) {
    const packetType = (first & 15) === multitrack ? second & 15 : first & 15;
    return packetType === 2 ? "end" : [0, 4].includes(packetType) ? "header" : "key";
  }
  return first >> 4 === aac && second === 0 ? "header" : "key";
}

/**
 * What `ffprobe -show_streams -show_packets -show_data_hash md5 -of compact` prints. Streams are named by codec. FFmpeg shows
 * metadata that comes in the middle as a stream of its own, which is left out.
 */
export function parseProbe(text: string): Recording {
  const recording = new RecordingBuilder();
  const lines = text.split("\n");
  const codecs = new Map<string, string>();
  for (const line of lines.filter((row) => row.startsWith("stream|"))) {
    const { index = "", codec_name = "", codec_type = "", extradata_hash } = fieldsOf(line);
    if (codec_type !== "audio" && codec_type !== "video") continue;
    codecs.set(index, codec_name);
    if (extradata_hash) recording.addHeader(codec_name, bareHash(extradata_hash));
  }
  for (const line of lines.filter((row) => row.startsWith("packet|"))) {
    const { stream_index = "", dts, pts, flags, data_hash } = fieldsOf(line);
    const stream = codecs.get(stream_index);
    // A player that was stopped may leave the last line unfinished.
    if (stream === undefined || data_hash === undefined) continue;
    const isKeyframe = flags?.startsWith("K") ?? false;
    recording.packets.push({
      stream,
      dts: Number(dts),
      pts: Number(pts),
      isKeyframe,
      hash: bareHash(data_hash),
    });
  }
  return recording;
}

function fieldsOf(line: string): Partial<Record<string, string>> {
  return Object.fromEntries(line.split("|").map((field) => field.split("=")));
}

function bareHash(hash: string): string {
  return hash.replace(/^MD5:/, "");
}

/** What `ffmpeg -c copy -f framehash -hash md5` prints. Streams are named by codec. */
export function parseFramehash(text: string): Recording {
  const recording = new RecordingBuilder();
  const codecs = new Map<string, string>();
  for (const [, index = "", codec = ""] of text.matchAll(/^#codec_id (\d+): (.+)$/gm))
    codecs.set(index, codec);
  for (const [, index = "", hash = ""] of text.matchAll(/^#extradata (\d+), +\d+, ([0-9a-f]{32})$/gm)) {
    recording.addHeader(codecs.get(index) ?? "", hash);
  }
  const row = /^(\d+), +(-?\d+), +(-?\d+), +\d+, +\d+, ([0-9a-f]{32})/gm;
  for (const [, index = "", dts, pts, hash = ""] of text.matchAll(row)) {
    const stream = codecs.get(index) ?? "";
    recording.packets.push({ stream, dts: Number(dts), pts: Number(pts), isKeyframe: false, hash });
  }
  return recording;
}
