// RC4's loop as WebAssembly 1.0, put together here so that it can be read: an expression is the list of its bytes, in the
// order of a stack machine. Memory holds the permutation (256 bytes), i and j (a byte each), and from INPUT_AT the bytes to
// be enciphered in their place.

const I_AT = 256;
const J_AT = 257;

/** The part of the memory that differs from cipher to cipher. Bytes. */
export const STATE_LENGTH = 258;
export const INPUT_AT = 1024;
export const MEMORY_PAGES = 1;

/** How many bytes are enciphered in one go: as many as an i64 has. */
const BLOCK_LENGTH = 8;

/**
 * How many S[i] are looked up before it is their turn. What takes time in RC4 is that any S[i] may be the S[j] that was
 * written just before, so a processor waits until it knows where that is. Looked up earlier, and again in the rare case that
 * it was one of them, they wait for nothing: that is twice as fast.
 */
const AHEAD = 4;

type Code = readonly number[];

const I32 = 0x7f;
const I64 = 0x7e;
const END = 0x0b;
const NO_VALUE = 0x40;

const block = (...body: readonly Code[]): Code => [0x02, NO_VALUE, ...body.flat(), END];
const loop = (...body: readonly Code[]): Code => [0x03, NO_VALUE, ...body.flat(), END];
const when = (condition: Code, ...body: readonly Code[]): Code => [
  ...condition,
  ...[0x04, NO_VALUE, ...body.flat(), END],
];
const branch = (levels: number): Code => [0x0c, levels];
const branchIf = (levels: number, condition: Code): Code => [...condition, 0x0d, levels];
const get = (local: number): Code => [0x20, local];
const set = (local: number, value: Code): Code => [...value, 0x21, local];
const load = (at: Code): Code => [...at, 0x2d, 0, 0];
const load64 = (at: Code): Code => [...at, 0x29, 0, 0];
const store = (at: Code, value: Code): Code => [...at, ...value, 0x3a, 0, 0];
const store64 = (at: Code, value: Code): Code => [...at, ...value, 0x37, 0, 0];
const constant = (value: number): Code => [0x41, ...signed(value)];
const constant64 = (value: number): Code => [0x42, ...signed(value)];
const atLeast = (a: Code, b: Code): Code => [...a, ...b, 0x4f];
const lessThan = (a: Code, b: Code): Code => [...a, ...b, 0x49];
const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
const subtract = (a: Code, b: Code): Code => [...a, ...b, 0x6b];
const xor = (a: Code, b: Code): Code => [...a, ...b, 0x73];
const xor64 = (a: Code, b: Code): Code => [...a, ...b, 0x85];
const or64 = (a: Code, b: Code): Code => [...a, ...b, 0x84];
const shiftLeft64 = (a: Code, bits: number): Code => [...a, ...constant64(bits), 0x86];
const extendTo64 = (value: Code): Code => [...value, 0xad];
const lowByte = (value: Code): Code => [...value, ...constant(0xff), 0x71];

/** The parameter, then the local variables; the S[i] of a block are from A on, one after the other. */
const [END_AT, AT, I, J, B, A] = [0, 1, 2, 3, 4, 5] as const;
const KEYSTREAM = A + BLOCK_LENGTH;
const LOCALS: Code = [2, KEYSTREAM - 1, I32, 1, I64];

/** The i of the byte with this index in the block; the local variable stays as it was before the block. */
const unmaskedI = (n: number): Code => add(get(I), constant(n + 1));
const placeOf = (n: number): Code => lowByte(unmaskedI(n));
const lookUp = (n: number): Code => set(A + n, load(placeOf(n)));
const keystreamByte = (a: number): Code => load(lowByte(add(get(a), get(B))));

/** If the S[j] just written is one of the S[i] that have been looked up already, that is not their value any more. */
function lookUpAgain(n: number): Code {
  const ahead = range(n + 1, Math.min(n + 1 + AHEAD, BLOCK_LENGTH));
  const distance = lowByte(subtract(get(J), unmaskedI(n + 1)));
  return ahead.length === 0 ? [] : when(lessThan(distance, constant(ahead.length)), ...ahead.map(lookUp));
}

const encipherBlock: Code = [
  ...set(KEYSTREAM, constant64(0)),
  ...range(0, AHEAD).flatMap(lookUp),
  ...range(0, BLOCK_LENGTH).flatMap((n) => [
    ...set(J, lowByte(add(get(J), get(A + n)))),
    ...set(B, load(get(J))),
    ...(n + AHEAD < BLOCK_LENGTH ? lookUp(n + AHEAD) : []),
    ...store(placeOf(n), get(B)),
    ...store(get(J), get(A + n)),
    ...lookUpAgain(n),
    ...set(KEYSTREAM, or64(get(KEYSTREAM), shiftLeft64(extendTo64(keystreamByte(A + n)), 8 * n))),
  ]),
  ...set(I, placeOf(BLOCK_LENGTH - 1)),
  ...store64(get(AT), xor64(load64(get(AT)), get(KEYSTREAM))),
  ...set(AT, add(get(AT), constant(BLOCK_LENGTH))),
];

const encipherByte: Code = [
  ...set(I, placeOf(0)),
  ...set(A, load(get(I))),
  ...set(J, lowByte(add(get(J), get(A)))),
  ...set(B, load(get(J))),
  ...store(get(I), get(B)),
  ...store(get(J), get(A)),
  ...store(get(AT), xor(load(get(AT)), keystreamByte(A))),
  ...set(AT, add(get(AT), constant(1))),
];

const RUN: Code = [
  ...set(AT, constant(INPUT_AT)),
  ...set(I, load(constant(I_AT))),
  ...set(J, load(constant(J_AT))),
  ...block(
    loop(
      branchIf(1, lessThan(subtract(get(END_AT), get(AT)), constant(BLOCK_LENGTH))),
      encipherBlock,
      branch(0),
    ),
  ),
  ...block(loop(branchIf(1, atLeast(get(AT), get(END_AT))), encipherByte, branch(0))),
  ...store(constant(I_AT), get(I)),
  ...store(constant(J_AT), get(J)),
  END,
];

/** A module that imports the memory `rc4.memory` and exports `run(end)`: enciphers the bytes from INPUT_AT to `end`. */
export const RC4_PROGRAM: Uint8Array = Uint8Array.from([
  ...[0x00, ...text("asm").slice(1), 1, 0, 0, 0],
  ...section(1, [1, 0x60, 1, I32, 0]),
  ...section(2, [1, ...text("rc4"), ...text("memory"), 2, 0, MEMORY_PAGES]),
  ...section(3, [1, 0]),
  ...section(7, [1, ...text("run"), 0, 0]),
  ...section(10, [1, ...sized([...LOCALS, ...RUN])]),
]);

function section(id: number, content: Code): Code {
  return [id, ...sized(content)];
}

function sized(content: Code): Code {
  return [...unsigned(content.length), ...content];
}

function text(value: string): Code {
  return sized([...new TextEncoder().encode(value)]);
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >> 7)];
}

/** LEB128 of a positive number, whose last byte must not look like a negative one's. */
function signed(value: number): Code {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}
