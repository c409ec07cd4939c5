import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FlvDecoder, parseVideoHeader } from "@headgate/flv";
import {
  type FlvIndex,
  FlvOpening,
  FlvWriter,
  flvExcerpt,
  type Mp3Index,
  Mp3Opening,
  type Patch,
  repairOf,
} from "@headgate/flv-file";
import { type Message, MessageType } from "@headgate/message";
import { Random } from "@headgate/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "../support/child-processes.ts";
import { audio, encoded, h264, picture, SORENSON, sound } from "../support/media.ts";
import { areMissing, ffmpeg, ffprobe, titleOf } from "../support/programs.ts";

const folder = mkdtempSync(join(tmpdir(), "headgate-flv-file-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TEN_SECONDS = ["-t", "10"];
const SOURCES = {
  "H.264 and AAC": () =>
    encoded([...picture(), ...sound(), ...TEN_SECONDS, ...h264(), ...audio("aac")], "flv"),
  "Sorenson and MP3": () =>
    encoded([...picture(), ...sound(1, 44_100), ...TEN_SECONDS, ...SORENSON, ...audio("libmp3lame")], "flv"),
  "AAC alone": () => encoded([...sound(), ...TEN_SECONDS, ...audio("aac")], "flv"),
};

/** What a program says on its output, and on its errors if it has any. */
function outputOf(command: string, args: readonly string[]): string {
  const { succeeded, output } = run(command, ["-v", "error", ...args]);
  if (!succeeded) throw new Error(`${command} ${args.join(" ")}\n${output}`);
  return output;
}

/** Stream, DTS, PTS, duration and size come before it, and hashes of other data behind it. */
const HASH_COLUMN = 5;

/** The hashes of decoded pictures or sound, or of packets with `-c copy`; a line that is no hash is an error. */
function hashes(file: string, ...args: readonly string[]): string[] {
  const output = outputOf("ffmpeg", ["-i", file, ...args, "-f", "framemd5", "-"]);
  const lines = output.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => line.split(",")[HASH_COLUMN]?.trim() ?? line);
}

function durationOf(file: string): number {
  return Number(outputOf("ffprobe", ["-show_entries", "format=duration", "-of", "csv=p=0", file]));
}

function keyframesOf(file: string): string[] {
  const args = ["-select_streams", "v", "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0", file];
  return outputOf("ffprobe", args)
    .split("\n")
    .filter((line) => line.includes("K"));
}

function messagesIn(file: Uint8Array): Message[] {
  const decoder = new FlvDecoder();
  decoder.push(file);
  const messages: Message[] = [];
  for (let tag = decoder.next(); tag; tag = decoder.next()) {
    messages.push({ ...tag, timestamp: tag.timestamp >>> 0, messageStreamId: 1 });
  }
  return messages;
}

/** As a recorder writes it: what is taken is appended, and the patches are written at the end. */
function recorded(messages: readonly Message[]): { readonly unfinished: Buffer; readonly finished: Buffer } {
  const writer = new FlvWriter({ startedMs: 1_764_500_000_000 });
  const pieces: Uint8Array[] = [];
  for (const message of messages) {
    writer.write(message);
    pieces.push(...writer.take());
  }
  const { tail, patches } = writer.finish();
  const unfinished = Buffer.concat([...pieces, ...tail]);
  return { unfinished, finished: patched(unfinished, patches) };
}

function patched(file: Uint8Array, patches: readonly Patch[]): Buffer {
  const copy = Buffer.from(file);
  for (const { position, bytes } of patches) copy.set(bytes, position);
  return copy;
}

function opened<Opening extends FlvOpening | Mp3Opening>(opening: Opening, file: Uint8Array): Opening {
  for (let wants = opening.wants; wants; wants = opening.wants) {
    opening.feed(file.subarray(wants.position, wants.position + wants.length));
  }
  return opening;
}

function messagesOf(index: FlvIndex | Mp3Index, file: Uint8Array): Message[] {
  return Array.from({ length: index.count }, (_, i) =>
    index.message(i, file.subarray(index.position(i), index.position(i) + index.length(i))),
  );
}

/** How many pictures there are from a message on. */
function picturesFrom(entry: number, index: FlvIndex, file: Uint8Array): number {
  const left = messagesOf(index, file).slice(entry);
  const isPicture = ({ type, payload }: Message) =>
    type === MessageType.video && parseVideoHeader(payload).kind === "frames";
  return left.filter(isPicture).length;
}

function saved(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe.skipIf(areMissing(ffmpeg, ffprobe))(`FLV files and ${titleOf(ffmpeg)}`, () => {
  it.each(Object.entries(SOURCES))(
    "%s: a recording has the duration and the keyframes of its source, and decodes to the same",
    (name, source) => {
      const from = source();
      const { finished } = recorded(messagesIn(readFileSync(from)));
      const to = saved(`${name}.flv`, finished);
      expect(Math.abs(durationOf(to) - durationOf(from))).toBeLessThan(0.1);
      expect(keyframesOf(to)).toEqual(keyframesOf(from));
      expect(hashes(to)).toEqual(hashes(from));
    },
  );

  it("ffmpeg seeks by the list of keyframes, without reading what is before", () => {
    const source = readFileSync(SOURCES["H.264 and AAC"]());
    const { finished, unfinished } = recorded(messagesIn(source));
    const [listed, bare] = [saved("listed.flv", finished), saved("bare.flv", unfinished)];
    const bytesRead = (file: string) => {
      const args = [
        "-v",
        "debug",
        "-noaccurate_seek",
        "-ss",
        "9.2",
        "-i",
        file,
        "-c",
        "copy",
        "-f",
        "null",
        "-",
      ];
      const { output } = run("ffmpeg", args);
      const read = [...output.matchAll(/Statistics: (\d+) bytes read/g)].map(([, bytes]) => Number(bytes));
      return Math.max(...read);
    };
    expect(bytesRead(listed)).toBeLessThan(bytesRead(bare) / 2);
    const pictures = hashes(listed, "-map", "0:v");
    const at = (second: string) =>
      outputOf("ffmpeg", [
        "-ss",
        second,
        "-i",
        listed,
        "-map",
        "0:v",
        "-frames:v",
        "1",
        "-f",
        "framemd5",
        "-",
      ]);
    for (const second of [3, 7.48, 9.2]) {
      expect(at(String(second))).toContain(pictures[Math.round(second * 25)]);
    }
  });

  it.each(Object.entries(SOURCES))(
    "%s: a file without an index is opened, and what begins anywhere in it decodes",
    (name, source) => {
      const from = source();
      const file = readFileSync(from);
      const { index, end } = opened(new FlvOpening(), file);
      expect(end).toBe(file.length);
      expect(Math.abs(index.durationMs / 1000 - durationOf(from))).toBeLessThan(0.1);
      const pictures = index.hasVideo ? hashes(from, "-map", "0:v") : [];
      for (const positionMs of [0, 2400, 5000, 9999]) {
        const excerpt = flvExcerpt(index, { positionMs })!;
        const bytes = Buffer.concat([excerpt.head, file.subarray(excerpt.position, excerpt.end)]);
        const path = saved(`${name}-${positionMs}.flv`, bytes);
        expect(durationOf(path)).toBeCloseTo(
          (index.durationMs - index.timestampMs(index.atOrBefore(positionMs))) / 1000,
          2,
        );
        const found = hashes(path, "-map", index.hasVideo ? "0:v" : "0:a");
        expect(found.length).toBeGreaterThan(0);
        if (index.hasVideo)
          expect(found).toEqual(pictures.slice(-picturesFrom(index.atOrBefore(positionMs), index, file)));
      }
    },
  );

  it("a recording that is cut at any byte is repaired, and decodes without an error", () => {
    const source = readFileSync(SOURCES["H.264 and AAC"]());
    const { unfinished } = recorded(messagesIn(source));
    const random = new Random(15);
    for (let i = 0; i < 8; i += 1) {
      const cut = unfinished.subarray(0, 30_000 + random.below(unfinished.length - 30_000));
      const opening = opened(new FlvOpening(), cut);
      const { truncateTo, patches } = repairOf(opening);
      const path = saved("repaired.flv", patched(cut.subarray(0, truncateTo), patches));
      expect(durationOf(path)).toBeCloseTo(opening.index.durationMs / 1000, 2);
      expect(outputOf("ffmpeg", ["-i", path, "-f", "null", "-"])).toBe("");
    }
  });

  it("a publisher that comes back goes on in the same file", () => {
    const source = readFileSync(SOURCES["H.264 and AAC"]());
    const { finished } = recorded(messagesIn(source));
    const writer = new FlvWriter({ startedMs: 0, appendTo: opened(new FlvOpening(), finished) });
    for (const message of messagesIn(source)) writer.write(message);
    const { tail, patches } = writer.finish();
    const path = saved("appended.flv", patched(Buffer.concat([finished, ...tail]), patches));
    expect(Math.abs(durationOf(path) - 20)).toBeLessThan(0.2);
    const pictures = hashes(saved("once.flv", finished), "-map", "0:v");
    expect(hashes(path, "-map", "0:v")).toEqual([...pictures, ...pictures]);
  });

  it.each([
    ["constant", ["-b:a", "128k"]],
    ["variable", ["-q:a", "4"]],
  ])("an MP3 file of %s bit rate has the frames that ffmpeg finds in it", (name, rate) => {
    const tags = ["-id3v2_version", "3", "-metadata", "title=Noise"];
    const from = encoded(
      [...sound(2, 44_100), ...TEN_SECONDS, "-c:a", "libmp3lame", ...rate, ...tags],
      "mp3",
    );
    const file = readFileSync(from);
    const { index } = opened(new Mp3Opening(), file);
    const to = saved(`${name}-mp3.flv`, recorded(messagesOf(index, file)).finished);
    expect(hashes(to, "-c", "copy")).toEqual(hashes(from, "-c", "copy"));
    expect(Math.abs(index.durationMs / 1000 - durationOf(from))).toBeLessThan(0.1);
  });
});
