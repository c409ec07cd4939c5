import { decodeAmf0Values, propertiesOf } from "@headgate/amf";
import { ProtocolError } from "@headgate/bytes";
import { expect, test } from "vitest";
import { areEqual, finished, joined, opened, patched, stream, tagsOf } from "./file.test.helper.ts";
import { FlvWriter } from "./flv-writer.ts";
import { repairOf } from "./repair.ts";

function recorded(seconds: number): { readonly onDisk: Uint8Array; readonly whole: Uint8Array } {
  const writer = new FlvWriter({ startedMs: 0 });
  for (const message of stream(seconds)) writer.write(message);
  const onDisk = joined(writer.take());
  return { onDisk, whole: finished(writer, onDisk) };
}

test("a recording that was killed at its end becomes the file that it would have been", () => {
  const { onDisk, whole } = recorded(4);
  const { truncateTo, patches } = repairOf(opened(onDisk));
  expect(areEqual(patched(onDisk.subarray(0, truncateTo), patches), whole)).toBe(true);
  expect(areEqual(onDisk, whole)).toBe(false);
});

test("a recording that was killed at any byte has its whole tags, and says how long it is", () => {
  const { onDisk } = recorded(1);
  const firstTagEnd = onDisk.length - stream(1).reduce((sum, { payload }) => sum + payload.length + 15, 0);
  for (let length = 0; length <= onDisk.length; length += length < firstTagEnd ? 97 : 1) {
    const cut = onDisk.subarray(0, length);
    if (length < 13) {
      expect(() => opened(cut)).toThrow(ProtocolError);
      continue;
    }
    const opening = opened(cut);
    const { truncateTo, patches } = repairOf(opening);
    const file = patched(cut.subarray(0, truncateTo), patches);
    expect(truncateTo).toBeLessThanOrEqual(length);
    expect(patches).toHaveLength(length < firstTagEnd ? 0 : 3);
    if (length < firstTagEnd) continue;
    if (length % 10 > 0) continue;
    const again = repairOf(opened(file));
    expect(again.truncateTo).toBe(truncateTo);
    expect(areEqual(patched(file, again.patches), file)).toBe(true);
    const [, value] = decodeAmf0Values(tagsOf(file)[0]!.payload);
    expect(propertiesOf(value)).toMatchObject({
      duration: opening.index.durationMs / 1000,
      filesize: file.length,
    });
  }
});
