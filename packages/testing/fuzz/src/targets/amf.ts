import {
  Amf3Decoder,
  type AmfLimits,
  type AmfValue,
  decodeAmf0Values,
  encodeAmf0Values,
  writeAmf3,
} from "@headgate/amf";
import { ByteReader, ByteWriter } from "@headgate/bytes";
import { check, refusalOf } from "../check.ts";
import { mutate } from "../mutate.ts";
import { randomAmf0, randomAmf3 } from "../random-amf.ts";
import type { Target } from "../target.ts";

/** Small, so that inputs reach them. */
const LIMITS: AmfLimits = { maxDepth: 8, maxValues: 200 };

/** For values that this side has written: a reference written out has more values than were read. */
const WRITTEN_LIMITS: AmfLimits = { maxDepth: 200, maxValues: 2_000_000 };

/** Beyond this length the rest of a value is like its beginning. Bytes. */
const MAX_WRITTEN_BYTES = 64 * 1024;

/** A value takes at least one byte, so an input cannot hold more values than bytes, whatever its counts say. */
const MAX_VALUES_PER_BYTE = 1;

export const amf0: Target = {
  name: "amf0",
  make: (random) =>
    random.below(4) === 0 ? randomAmf0(random) : mutate(randomAmf0(random), random, [randomAmf0(random)]),
  run(input) {
    let values: AmfValue[] = [];
    if (refusalOf(() => (values = decodeAmf0Values(input, LIMITS)))) return;
    checkValues(
      values,
      input,
      (written) => encodeAmf0Values(written, MAX_WRITTEN_BYTES),
      (bytes) => decodeAmf0Values(bytes, WRITTEN_LIMITS),
    );
  },
};

export const amf3: Target = {
  name: "amf3",
  make: (random) =>
    random.below(4) === 0 ? randomAmf3(random) : mutate(randomAmf3(random), random, [randomAmf3(random)]),
  run(input) {
    let values: AmfValue[] = [];
    if (refusalOf(() => (values = decodeAmf3(input, LIMITS)))) return;
    checkValues(values, input, encodeAmf3, (bytes) => decodeAmf3(bytes, WRITTEN_LIMITS));
  },
};

/** Values that were read are written, read again, and written as the same bytes. */
function checkValues(
  values: AmfValue[],
  input: Uint8Array,
  encode: (values: AmfValue[]) => Uint8Array,
  decode: (bytes: Uint8Array) => AmfValue[],
): void {
  check(
    values.length <= input.length * MAX_VALUES_PER_BYTE,
    `${values.length} values of ${input.length} bytes`,
  );
  const written = writtenOf(values, encode);
  if (!written) return;
  const again = encode(decode(written));
  check(Buffer.from(again).equals(written), "values that were written are not read as the same values");
}

/** Undefined for a value that contains itself, or that gets too long once its references are written out. */
function writtenOf(values: AmfValue[], encode: (values: AmfValue[]) => Uint8Array): Uint8Array | undefined {
  try {
    return encode(values);
  } catch (error) {
    if (error instanceof Error && /^(an AMF value|AMF values) /.test(error.message)) return undefined;
    throw error;
  }
}

function decodeAmf3(bytes: Uint8Array, limits: AmfLimits): AmfValue[] {
  const reader = new ByteReader(bytes, "AMF_TRUNCATED");
  const decoder = new Amf3Decoder(reader, limits);
  const values: AmfValue[] = [];
  while (reader.remaining > 0) values.push(decoder.read());
  return values;
}

function encodeAmf3(values: AmfValue[]): Uint8Array {
  const writer = new ByteWriter();
  for (const value of values) writeAmf3(writer, value);
  return writer.finish();
}
