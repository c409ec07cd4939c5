import { type FileOpening, Fmp4Writer, Mp4Opening, Mp4Recovery } from "@headgate/fmp4";
import { MessageType } from "@headgate/message";
import { hex, type Random } from "@headgate/testkit";
import { check, refusalOf } from "../check.ts";
import { joined, mutate } from "../mutate.ts";
import type { Target } from "../target.ts";

/** Files of any writer: reading them ends, refuses what is wrong, and finds nothing that is not in the file. */
export const mp4Opening: Target = {
  name: "mp4-opening",
  make: (random) => mutate(file(random), random, [file(random)]),
  run(input) {
    refusalOf(() => {
      const index = read(new Mp4Opening(), input);
      check(index.count > 0, "an index of nothing");
      for (let i = 0; i < index.count; i += 1) {
        const end = index.position(i) + index.length(i);
        check(end <= input.length, `a message that ends at ${end} of ${input.length}`);
        index.message(i, input.subarray(index.position(i), end));
      }
      const middle = index.atOrBefore(index.durationMs / 2);
      check(middle < index.count, `message ${middle} of ${index.count}`);
      check(index.headers(middle).length <= 3, "more headers than tracks");
    });
  },
};

/** Files that were not finished: what becomes of them can be opened. */
export const mp4Recovery: Target = {
  name: "mp4-recovery",
  make: (random) => mutate(file(random), random, [file(random)]),
  run(input) {
    refusalOf(() => {
      const { truncateTo, tail, patch, isFinished } = read(new Mp4Recovery(), input);
      check(truncateTo <= input.length, `cut at ${truncateTo} of ${input.length}`);
      if (isFinished) return;
      const whole = joined([input.subarray(0, truncateTo), ...tail]);
      whole.set(patch.bytes, patch.position);
      check(read(new Mp4Opening(), whole).count > 0, "a repaired file without a frame");
    });
  },
};

/** Reads that a file of this size may take: one for each fragment, some for the index and the end. */
const MAX_READS = 70_000;

function read<Index>(opening: FileOpening<Index>, input: Uint8Array): Index {
  for (let reads = 0; opening.wants; reads += 1) {
    check(reads < MAX_READS, `${reads} reads`);
    const { position, length } = opening.wants;
    opening.feed(input.subarray(position, position + length));
  }
  return opening.index;
}

const AVC_HEADER = hex(
  "1700000000 0142c00bffe100186742c00bd90141fb011000000300100000030140f142a48001000568cb83cb20",
);
const AAC_HEADER = hex("af001190");

/** A short recording, finished or not. */
function file(random: Random): Uint8Array {
  const writer = new Fmp4Writer({ startedMs: random.u32() });
  const pieces: Uint8Array[] = [];
  const write = (type: number, timestamp: number, payload: Uint8Array): void => {
    writer.write({ type, timestamp, messageStreamId: 1, payload });
    pieces.push(...writer.take());
  };
  write(MessageType.video, 0, AVC_HEADER);
  if (random.below(2) === 0) write(MessageType.audio, 0, AAC_HEADER);
  for (let at = random.below(40); at >= 0; at -= 1) {
    const timestamp = (40 - at) * random.pick([40, 100]);
    const frame = joined([hex(at % 8 === 0 ? "1701000028" : "2701000000"), random.bytes(random.below(40))]);
    write(MessageType.video, timestamp, frame);
    write(MessageType.audio, timestamp, joined([hex("af01"), random.bytes(random.below(20))]));
  }
  if (random.below(2) === 0) return joined(pieces);
  const { tail, patch } = writer.finish();
  const whole = joined([...pieces, ...tail]);
  whole.set(patch.bytes, patch.position);
  return whole;
}
