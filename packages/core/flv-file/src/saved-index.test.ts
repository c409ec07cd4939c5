import { encodeAmf0Values } from "@headgate/amf";
import type { Message } from "@headgate/message";
import { Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import {
  data,
  feedFile,
  finished,
  joined,
  messagesOf,
  opened,
  randomStream,
  stream,
} from "./file.test.helper.ts";
import type { FlvIndex } from "./flv-index.ts";
import { FlvOpening } from "./flv-opening.ts";
import { FlvWriter } from "./flv-writer.ts";
import { repairOf } from "./repair.ts";

const METADATA = data(0, encodeAmf0Values(["onMetaData", { width: 320 }]));

function textOf({ type, timestamp, payload }: Message): string {
  return `${type} ${timestamp} ${payload.join()}`;
}

/** As one text: long arrays take long to compare. */
function describeIndex(index: FlvIndex, file: Uint8Array): string {
  const every = [0, 100, 999, 1000, 5_000, 1e9].map((ms) => index.atOrBefore(ms));
  const headers = every.map((entry) => index.headers(entry).map(textOf));
  const dues = Array.from({ length: index.count }, (_, i) => index.timestampMs(i));
  const facts = [index.count, index.durationMs, index.hasVideo, every, dues];
  return JSON.stringify([facts, headers, messagesOf(index, file).map(textOf)]);
}

describe("what was saved of a file", () => {
  test("is the same as what is found in it, and goes on in the same way", () => {
    const random = new Random(8);
    for (let i = 0; i < 100; i += 1) {
      const writer = new FlvWriter({ startedMs: 0 });
      const [first, second] = [randomStream(random), randomStream(random)];
      for (const message of [METADATA, ...first]) writer.write(message);
      const begun = joined(writer.take());
      if (begun.length === 0) continue;
      const saved = writer.save();
      const restored = FlvOpening.restore(saved)!;
      const found = FlvOpening.restore(opened(begun).save())!;
      expect(describeIndex(found.index, begun)).toBe(describeIndex(restored.index, begun));
      expect(describeIndex(restored.index, begun)).toBe(describeIndex(writer.index, begun));
      for (const message of second) writer.write(message);
      const file = finished(writer, begun);
      feedFile(restored, file);
      expect(restored.end).toBe(file.length);
      expect(describeIndex(restored.index, file)).toBe(describeIndex(writer.index, file));
      expect(JSON.stringify(repairOf(restored))).toBe(JSON.stringify(repairOf(opened(file))));
    }
  });

  test("takes 16 bytes a message", () => {
    const writer = new FlvWriter({ startedMs: 0 });
    for (const message of stream(60)) writer.write(message);
    expect(writer.save().length).toBeLessThan(16 * writer.index.count + 60 * 8 + 1000);
  });

  test("is not used if it is cut off or of another version, and does no harm if it is damaged", () => {
    const writer = new FlvWriter({ startedMs: 0 });
    for (const message of [METADATA, ...stream(2)]) writer.write(message);
    const saved = writer.save();
    for (let length = 0; length < saved.length; length += 1) {
      expect(FlvOpening.restore(saved.subarray(0, length))).toBeUndefined();
    }
    const random = new Random(9);
    for (let i = 0; i < 3000; i += 1) {
      const broken = new Uint8Array(saved);
      for (let changes = 1 + random.below(3); changes > 0; changes -= 1) {
        broken[random.below(random.pick([60, broken.length]))] = random.u32();
      }
      const restored = FlvOpening.restore(broken);
      if (restored === undefined) continue;
      const { index, end } = restored;
      for (let at = 0; at < index.count; at += 1) {
        expect(index.position(at) + index.length(at)).toBeLessThanOrEqual(end);
      }
      repairOf(restored);
      index.headers(index.atOrBefore(random.below(3000)));
    }
  });
});
