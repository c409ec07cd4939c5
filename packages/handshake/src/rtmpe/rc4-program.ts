// RC4's loop as WebAssembly 1.0, put together here so that it can be read: an expression is the list of its bytes, in the
// order of a stack machine. Memory holds the permutation (256 bytes), i and j (a byte each), and from INPUT_AT the bytes to
// be enciphered in their place.

const I_AT = 256;
const J_AT = 257;

/** The part of the memory that differs from cipher to cipher. Bytes. */
export const STATE_LENGTH = 258;
export const INPUT_AT = 1024;
export const MEMORY_PAGES = 1;

type Code = readonly number[];

const I32 = 0x7f;
const END = 0x0b;
const NO_VALUE = 0x40;

const block = (...body: readonly Code[]): Code => [0x02, NO_VALUE, ...body.flat(), END];
const loop = (...body: readonly Code[]): Code => [0x03, NO_VALUE, ...body.flat(), END];
const branch = (levels: number): Code => [0x0c, levels];
const branchIf = (levels: number, condition: Code): Code => [...condition, 0x0d, levels];
const get = (local: number): Code => [0x20, local];
const set = (local: number, value: Code): Code => [...value, 0x21, local];
const load = (at: Code): Code => [...at, 0x2d, 0, 0];
const store = (at: Code, value: Code): Code => [...at, ...value, 0x3a, 0, 0];
const constant = (value: number): Code => [0x41, ...signed(value)];
const atLeast = (a: Code, b: Code): Code => [...a, ...b, 0x4f];
const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
const xor = (a: Code, b: Code): Code => [...a, ...b, 0x73];
const lowByte = (value: Code): Code => [...value, ...constant(0xff), 0x71];

/** The parameter, then the local variables. */
const [END_AT, AT, I, J, A, B] = [0, 1, 2, 3, 4, 5] as const;

const RUN: Code = [
  ...set(AT, constant(INPUT_AT)),
  ...set(I, load(constant(I_AT))),
  ...set(J, load(constant(J_AT))),
  ...block(
    loop(
      branchIf(1, atLeast(get(AT), get(END_AT))),
      set(I, lowByte(add(get(I), constant(1)))),
      set(A, load(get(I))),
      set(J, lowByte(add(get(J), get(A)))),
      set(B, load(get(J))),
      store(get(I), get(B)),
      store(get(J), get(A)),
      store(get(AT), xor(load(get(AT)), load(lowByte(add(get(A), get(B)))))),
      set(AT, add(get(AT), constant(1))),
      branch(0),
    ),
  ),
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
  ...section(10, [1, ...sized([1, 5, I32, ...RUN])]),
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
