import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FlvDecoder } from "@headgate/flv";
import {
  type FileOpening,
  Fmp4Writer,
  type Mp4Index,
  Mp4Opening,
  Mp4Recovery,
  snapshotMp4,
} from "@headgate/fmp4";
import { type Message, MessageType } from "@headgate/message";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../support/child-processes.ts";
import { AV1, audio, encoded, h264, hevc, picture, sound, VP9 } from "../support/media.ts";
import { areMissing, FFMPEG8_SCRIPT, ffmpeg, ffmpeg8, ffprobe } from "../support/programs.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "headgate-fmp4-"));
const SECONDS = ["-t", "3"];
/** Decodes also what ffmpeg's files say not to play: the priming of sound. */
const WHOLE = ["-ignore_editlist", "1"];

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** What ffmpeg gets when it decodes a stream: a hash of each frame. */
function decoded(file: string, stream: "v" | "a", ...inputOptions: readonly string[]): string[] {
  const output = ["-map", `0:${stream}`, "-vsync", "passthrough", "-f", "framemd5", "-"];
  const { output: text } = run("ffmpeg", ["-nostdin", "-v", "error", ...inputOptions, "-i", file, ...output]);
  return text
    .split("\n")
    .flatMap((line) => (line === "" || line.startsWith("#") ? [] : line.split(",").at(-1)!.trim()));
}

interface ProbedStream {
  readonly codec_name: string;
  readonly nb_read_packets: string;
  readonly duration: string;
}

interface Probed {
  readonly codec: string;
  readonly frames: number;
  readonly durationMs: number;
}

function probe(file: string): Probed[] {
  const entries = "stream=codec_name,nb_read_packets,duration";
  const { output } = run("ffprobe", [
    "-v",
    "error",
    "-count_packets",
    "-show_entries",
    entries,
    "-of",
    "json",
    file,
  ]);
  const { streams } = JSON.parse(output) as { streams: ProbedStream[] };
  return streams.map(({ codec_name, nb_read_packets, duration }) => ({
    codec: codec_name,
    frames: Number(nb_read_packets),
    durationMs: Number(duration) * 1000,
  }));
}

function flvMessages(path: string): Message[] {
  const decoder = new FlvDecoder();
  decoder.push(readFileSync(path));
  const messages: Message[] = [];
  for (let tag = decoder.next(); tag; tag = decoder.next()) {
    messages.push({ ...tag, timestamp: tag.timestamp >>> 0, messageStreamId: 1 });
  }
  return messages;
}

function readAll<Index>(opening: FileOpening<Index>, file: Uint8Array): Index {
  while (opening.wants) {
    const { position, length } = opening.wants;
    opening.feed(file.subarray(position, position + length));
  }
  return opening.index;
}

function mp4Messages(file: Uint8Array, index: Mp4Index): Message[] {
  return Array.from({ length: index.count }, (_, i) =>
    index.message(i, file.subarray(index.position(i), index.position(i) + index.length(i))),
  );
}

/** With the headers in front. */
function streamIn(path: string): Message[] {
  const file = readFileSync(path);
  const index = readAll(new Mp4Opening(), file);
  return [...index.headers(0), ...mp4Messages(file, index)];
}

interface Written {
  readonly finished: string;
  readonly unfinished: string;
}

function write(name: string, messages: readonly Message[]): Written {
  const writer = new Fmp4Writer({ startedMs: 1_764_000_000_000 });
  const pieces: Uint8Array[] = [];
  for (const message of messages) {
    expect(writer.canHold(message)).toBe(true);
    expect(writer.needsNewFile(message)).toBe(false);
    writer.write(message);
    pieces.push(...writer.take());
  }
  const unfinished = join(FOLDER, `${name}-unfinished.mp4`);
  writeFileSync(unfinished, Buffer.concat(pieces));
  const { tail, patch } = writer.finish();
  const file = Buffer.concat([...pieces, ...tail]);
  file.set(patch.bytes, patch.position);
  const finished = join(FOLDER, `${name}.mp4`);
  writeFileSync(finished, file);
  return { finished, unfinished };
}

function expectBeginning(hashes: readonly string[], whole: readonly string[]): void {
  expect(hashes).toEqual(whole.slice(0, hashes.length));
  expect(hashes.length).toBeGreaterThan(whole.length / 2);
}

const suite = areMissing(ffmpeg, ffprobe) ? describe.skip : describe;

suite("what is recorded of FLV by ffmpeg, H.264 with B-frames and AAC", () => {
  const source = encoded([...picture(), ...sound(), ...SECONDS, ...h264(), ...audio("aac")], "flv");
  const [pictures, sounds] = [decoded(source, "v"), decoded(source, "a")];
  const { finished, unfinished } = write("h264-aac", flvMessages(source));

  test("decodes to the same frames when it is finished, and has a duration and an index", () => {
    expect(decoded(finished, "v")).toEqual(pictures);
    expect(decoded(finished, "a")).toEqual(sounds);
    expect(pictures.length).toBe(75);
    const [video, sound] = probe(finished);
    expect(video).toMatchObject({ codec: "h264", frames: 75 });
    expect(sound).toMatchObject({ codec: "aac", frames: sounds.length });
    expect(Math.abs(video!.durationMs - 3000)).toBeLessThan(150);
  });

  test("has the times of the source", () => {
    expect(timesOf(finished)).toEqual(timesOf(source));
  });

  test("decodes to the same frames before it is finished, cut off, and repaired", () => {
    expectBeginning(decoded(unfinished, "v"), pictures);
    expectBeginning(decoded(unfinished, "a"), sounds);
    const whole = readFileSync(unfinished);
    const cut = join(FOLDER, "cut.mp4");
    const file = whole.subarray(0, whole.length - 1000);
    const { truncateTo, tail, patch } = readAll(new Mp4Recovery(), file);
    const repaired = Buffer.concat([file.subarray(0, truncateTo), ...tail]);
    repaired.set(patch.bytes, patch.position);
    writeFileSync(cut, repaired);
    const kept = decoded(cut, "v");
    expect(kept).toEqual(pictures.slice(0, kept.length));
    expect(kept.length).toBeGreaterThanOrEqual(25);
  });

  test("gives a snapshot that is its first frame", () => {
    const messages = flvMessages(source);
    const keyframe = messages.find(
      ({ type, payload }) => type === MessageType.video && payload[0] === 0x17 && payload[1] === 1,
    );
    const file = join(FOLDER, "snapshot.mp4");
    writeFileSync(file, snapshotMp4(messages.slice(0, 5), keyframe!)!);
    expect(decoded(file, "v")).toEqual(pictures.slice(0, 1));
  });
});

/** When each packet is shown, by ffprobe. Milliseconds, from the first of all. */
function timesOf(file: string): string[] {
  const entries = "packet=stream_index,pts_time";
  const { output } = run("ffprobe", ["-v", "error", "-show_entries", entries, "-of", "csv=p=0", file]);
  const packets = output
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number));
  const first = Math.min(...packets.map(([, time]) => time!));
  return packets
    .filter(([stream]) => stream === 0)
    .map(([, time]) => `${Math.round((time! - first) * 1000)}`);
}

suite("what is recorded of MP4 by ffmpeg", () => {
  test.each([
    ["HEVC and Opus", "hevc-opus", hevc(), audio("libopus")],
    ["AV1 and FLAC", "av1-flac", AV1, audio("flac")],
    ["VP9 and AC-3", "vp9-ac3", VP9, audio("ac3")],
    ["H.264 and MP3", "h264-mp3", h264(), audio("libmp3lame")],
    ["H.264 and E-AC-3", "h264-eac3", h264(), ["-c:a", "eac3", "-b:a", "96k"]],
  ])("decodes to the same frames: %s", (_, name, video, audio) => {
    const source = encoded([...picture(), ...sound(), ...SECONDS, ...video, ...audio]);
    const { finished, unfinished } = write(name, streamIn(source));
    const pictures = decoded(source, "v", ...WHOLE);
    expect(decoded(finished, "v")).toEqual(pictures);
    expectBeginning(decoded(unfinished, "v"), pictures);
    expect(decoded(finished, "a", ...WHOLE)).toEqual(decoded(source, "a", ...WHOLE));
  });
});

const suite8 = areMissing(ffmpeg, ffprobe, ffmpeg8) ? describe.skip : describe;

suite8("what is recorded of Enhanced RTMP by FFmpeg 8", () => {
  test.each([
    ["HEVC and Opus", "enhanced-hevc-opus", hevc(), audio("libopus")],
    ["AV1 and FLAC", "enhanced-av1-flac", AV1, audio("flac")],
    ["VP9 and AC-3", "enhanced-vp9-ac3", VP9, audio("ac3")],
  ])("decodes to the same frames: %s", (_, name, video, audio) => {
    const source = encoded([...picture(), ...sound(), ...SECONDS, ...video, ...audio]);
    const flv = join(FOLDER, `${name}.flv`);
    const remuxed = run(process.execPath, [FFMPEG8_SCRIPT, "remux", source, flv]);
    expect(remuxed.succeeded, remuxed.output).toBe(true);
    const { finished } = write(name, flvMessages(flv));
    for (const stream of ["v", "a"] as const) {
      expect(decoded(finished, stream, ...WHOLE)).toEqual(decoded(source, stream, ...WHOLE));
    }
  });
});

interface ProbedPacket {
  readonly codec_type: "video" | "audio";
  readonly dts_time: string;
  readonly pts_time: string;
  readonly size: string;
  readonly flags: string;
}

/** Decoding and composition time, in milliseconds from the first of all, size and kind of each packet, as ffprobe tells them. */
function packetsOf(file: string, medium: "video" | "audio"): string[] {
  const entries = "packet=codec_type,dts_time,pts_time,size,flags";
  const { output } = run("ffprobe", ["-v", "error", "-show_entries", entries, "-of", "json", file]);
  const { packets } = JSON.parse(output) as { packets: ProbedPacket[] };
  const ms = (seconds: string) => Math.round(Number(seconds) * 1000);
  const first = Math.min(...packets.map(({ dts_time }) => ms(dts_time)));
  const kept = packets.filter(({ codec_type }) => codec_type === medium);
  return kept.map(({ dts_time, pts_time, size, flags }) => {
    const isKey = medium === "video" && flags.startsWith("K");
    return `${ms(dts_time) - first} ${ms(pts_time) - first} ${size}${isKey ? " key" : ""}`;
  });
}

/** The same of messages with H.264 and AAC in FLV's layout. */
function packetsIn(messages: readonly Message[], medium: "video" | "audio"): string[] {
  const kept = messages.filter(({ type }) => type === MessageType[medium]);
  return kept.map(({ timestamp, payload }) => {
    if (medium === "audio") return `${timestamp} ${timestamp} ${payload.length - 2}`;
    const compositionMs = Buffer.from(payload).readIntBE(2, 3);
    return `${timestamp} ${timestamp + compositionMs} ${payload.length - 5}${payload[0] === 0x17 ? " key" : ""}`;
  });
}

suite("MP4 files by ffmpeg are read as ffprobe reads them", () => {
  const progressive = encoded([...picture(), ...sound(), ...SECONDS, ...h264(), ...audio("aac")]);

  test.each([
    ["with the index behind", []],
    ["with the index in front", ["-movflags", "faststart"]],
    ["fragmented", ["-movflags", "frag_keyframe+empty_moov"]],
    ["fragmented, with the first fragment in moov", ["-movflags", "frag_keyframe"]],
    ["fragmented every frame", ["-movflags", "frag_every_frame+empty_moov+default_base_moof"]],
    ["of QuickTime", ["-f", "mov"]],
  ])("%s", (_, options) => {
    const file = encoded(["-i", progressive, "-c", "copy", ...options]);
    const messages = streamIn(file).slice(3);
    for (const medium of ["video", "audio"] as const) {
      expect(packetsIn(messages, medium)).toEqual(packetsOf(file, medium));
    }
  });

  test("fragmented as CMAF, with negative composition times, and sound as early as it is", () => {
    const file = encoded(["-i", progressive, "-c", "copy", "-movflags", "cmaf"]);
    const messages = streamIn(file).slice(3);
    expect(packetsIn(messages, "video")).toEqual(packetsOf(file, "video"));
    // FFmpeg 5.1 shows pictures later by what is below 0; the file says that both begin together.
    const [firstPicture, firstSound] = [packetsIn(messages, "video")[0]!, packetsIn(messages, "audio")[0]!];
    expect(firstPicture.split(" ")[1]).toBe(firstSound.split(" ")[0]);
  });
});
