import type { Random } from "./random.ts";

/** The input one byte at a time. */
export function byteByByte(input: Uint8Array): Uint8Array[] {
  return Array.from(input, (_, at) => input.subarray(at, at + 1));
}

/** The input in pieces of random length, some of them empty, as a network would deliver it. */
export function randomCuts(input: Uint8Array, random: Random): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  while (at < input.length) {
    const length = random.below(random.pick([2, 20, 2000]));
    pieces.push(input.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/**
 * The first property of a decoder: the whole input, the input byte by byte, and the input cut at random places decode to
 * the same. Returns the three results for the test to compare.
 */
export function decodeInEveryCut<T>(
  input: Uint8Array,
  random: Random,
  decode: (pieces: readonly Uint8Array[]) => T,
): { whole: T; byteByByte: T; randomCuts: T } {
  return {
    whole: decode([input]),
    byteByByte: decode(byteByByte(input)),
    randomCuts: decode(randomCuts(input, random)),
  };
}

/** Bytes from hex digits; white space is for the reader. */
export function hex(digits: string): Uint8Array {
  const compact = digits.replace(/\s+/g, "");
  return Uint8Array.from({ length: compact.length / 2 }, (_, i) =>
    Number.parseInt(compact.slice(2 * i, 2 * i + 2), 16),
  );
}
