import type { Random } from "@headgate/testkit";

/** Lengths and counts at which arithmetic breaks first. */
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffff, 0xffffff, 0x7fffffff, 0xffffffff];

/** The longest input: splices and repetitions make it grow, and longer ones find nothing more. Bytes. */
const MAX_INPUT_BYTES = 64 * 1024;

type Mutation = (input: Uint8Array, random: Random, corpus: readonly Uint8Array[]) => Uint8Array;

/** Changes an input in a few places. Parts of other inputs come from `corpus`. */
export function mutate(input: Uint8Array, random: Random, corpus: readonly Uint8Array[]): Uint8Array {
  let mutated = input;
  for (let left = 1 + random.below(5); left > 0; left -= 1) {
    mutated = random.pick(MUTATIONS)(mutated, random, corpus).subarray(0, MAX_INPUT_BYTES);
  }
  return mutated;
}

const flipBit: Mutation = (input, random) => {
  const copy = Uint8Array.from(input);
  const at = random.below(Math.max(1, input.length));
  if (at < copy.length) copy[at] = copy[at]! ^ (1 << random.below(8));
  return copy;
};

const setByte: Mutation = (input, random) => {
  const copy = Uint8Array.from(input);
  const value = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
  if (copy.length > 0) copy[place(copy, random)] = value;
  return copy;
};

/** Overwrites a possible length or count: one to four bytes, in either byte order. */
const setNumber: Mutation = (input, random) => {
  const copy = Uint8Array.from(input);
  const width = 1 + random.below(4);
  const value = random.pick([random.pick(EXTREMES), random.below(300), input.length, input.length + 1]);
  const isLittleEndian = random.below(4) === 0;
  const at = place(copy, random);
  for (let i = 0; i < width && at + i < copy.length; i += 1) {
    copy[at + i] = value >>> (8 * (isLittleEndian ? i : width - 1 - i));
  }
  return copy;
};

const cutEnd: Mutation = (input, random) => input.subarray(0, random.below(input.length + 1));

const cutBeginning: Mutation = (input, random) =>
  input.subarray(random.below(Math.min(input.length, 64) + 1));

const leaveOut: Mutation = (input, random) => {
  const [from, to] = stretch(input, random);
  return joined([input.subarray(0, from), input.subarray(to)]);
};

const repeat: Mutation = (input, random) => {
  const [from, to] = stretch(input, random);
  const times = random.pick([1, 1, 2, 10]);
  return joined([input.subarray(0, to), ...Array(times).fill(input.subarray(from, to)), input.subarray(to)]);
};

const swap: Mutation = (input, random) => {
  const [from, middle] = stretch(input, random);
  const to = Math.min(input.length, middle + random.below(200));
  const parts: [number, number][] = [
    [0, from],
    [middle, to],
    [from, middle],
    [to, input.length],
  ];
  return joined(parts.map(([start, end]) => input.subarray(start, end)));
};

const splice: Mutation = (input, random, corpus) => {
  const other = corpus.length > 0 ? random.pick(corpus) : input;
  return joined([input.subarray(0, place(input, random)), other.subarray(place(other, random))]);
};

const insertPart: Mutation = (input, random, corpus) => {
  const other = corpus.length > 0 ? random.pick(corpus) : input;
  const [from, to] = stretch(other, random);
  const at = place(input, random);
  return joined([input.subarray(0, at), other.subarray(from, to), input.subarray(at)]);
};

const insertRandom: Mutation = (input, random) => {
  const at = place(input, random);
  return joined([input.subarray(0, at), random.bytes(1 + random.below(20)), input.subarray(at)]);
};

const MUTATIONS: readonly Mutation[] = [
  ...[flipBit, flipBit, setByte, setByte, setNumber, setNumber, setNumber, cutEnd, cutBeginning],
  ...[leaveOut, repeat, swap, splice, insertPart, insertRandom],
];

/** Half of the time in the first bytes: headers are there, and changes matter most in them. */
function place(input: Uint8Array, random: Random): number {
  return random.below(Math.max(1, random.below(2) === 0 ? Math.min(64, input.length) : input.length));
}

function stretch(input: Uint8Array, random: Random): [from: number, to: number] {
  const from = place(input, random);
  return [from, Math.min(input.length, from + random.below(random.pick([4, 40, 400, 4000])))];
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
