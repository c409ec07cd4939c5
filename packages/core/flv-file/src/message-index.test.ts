import { encodeFlvTag, writeFlvHeader } from "@headgate/flv";
import type { Message } from "@headgate/message";
import { hex } from "@headgate/testkit";
import { expect, test } from "vitest";
import { audio, feedFile, joined } from "./file.test.helper.ts";
import { FlvOpening } from "./flv-opening.ts";
import { Mp3Opening } from "./mp3-opening.ts";

/** What a player of files needs of a file, of whatever format. */
interface FileOpening {
  readonly wants: { readonly position: number; readonly length: number } | undefined;
  feed(bytes: Uint8Array): void;
  readonly index: {
    readonly count: number;
    readonly durationMs: number;
    readonly hasVideo: boolean;
    timestampMs(i: number): number;
    position(i: number): number;
    length(i: number): number;
    atOrBefore(positionMs: number): number;
    headers(i: number): readonly Message[];
    message(i: number, bytes: Uint8Array): Message;
  };
}

const MP3_FRAME = new Uint8Array(417);
MP3_FRAME.set(hex("fffb9064"));
const FLV = joined([
  writeFlvHeader({ hasAudio: true, hasVideo: true }),
  ...[0, 20, 40].map((ms) => encodeFlvTag(audio(ms))),
]);
const FILES: readonly (readonly [string, () => FileOpening, Uint8Array])[] = [
  ["FLV", () => new FlvOpening(), FLV],
  ["MP3", () => new Mp3Opening(), joined([MP3_FRAME, MP3_FRAME, MP3_FRAME])],
];

test.each(FILES)("%s files are opened and read in one way", (_, open, file) => {
  const { index } = feedFile(open(), file);
  expect([index.count, index.hasVideo, index.atOrBefore(30)]).toEqual([3, false, 1]);
  expect(index.headers(1).map(({ type }) => type)).toEqual([18]);
  const bytes = file.subarray(index.position(1), index.position(1) + index.length(1));
  expect(index.message(1, bytes)).toMatchObject({ type: 8, timestamp: index.timestampMs(1) });
});
