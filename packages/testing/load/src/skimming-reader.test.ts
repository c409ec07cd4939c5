import { ChunkEncoder } from "@headgate/chunk";
import { setChunkSize } from "@headgate/message";
import { expect, test } from "vitest";
import { SkimmingReader } from "./skimming-reader.ts";

const message = (type: number, length: number, fill: number) => ({
  type,
  timestamp: fill,
  messageStreamId: 1,
  payload: new Uint8Array(length).fill(fill),
});

/** Messages of all kinds as a server would send them, with a chunk size that changes in between. */
function wire(): Uint8Array {
  const encoder = new ChunkEncoder();
  const pieces = [
    encoder.encode(message(20, 300, 1), 3),
    encoder.encode(message(9, 20_000, 2), 6),
    encoder.encode(setChunkSize(4096), 2),
  ];
  encoder.useChunkSize(4096);
  pieces.push(encoder.encode(message(9, 20_000, 3), 6), encoder.encode(message(8, 10, 4), 5));
  pieces.push(
    encoder.encode({ ...message(9, 5, 5), timestamp: 0xffffff + 5 }, 6),
    encoder.encode(message(9, 0, 6), 6),
  );
  return Buffer.concat(pieces);
}

function read(pieces: readonly Uint8Array[]): string[] {
  const seen: string[] = [];
  const reader = new SkimmingReader((type, head) => seen.push(`${type}: ${head.length} x ${head[0]}`));
  for (const piece of pieces) reader.push(piece);
  return seen;
}

const EXPECTED = ["20: 300 x 1", "9: 32 x 2", "9: 32 x 3", "8: 10 x 4", "9: 5 x 5", "9: 0 x undefined"];

test("hands out the beginning of every message, whatever the chunks", () => {
  expect(read([wire()])).toEqual(EXPECTED);
});

test("it is the same however the bytes are cut", () => {
  const bytes = wire();
  expect(read(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(EXPECTED);
  expect(read([bytes.subarray(0, 1001), bytes.subarray(1001)])).toEqual(EXPECTED);
});
