/** Values of ASN.1 in the form in which they are signed (X.690, DER): each a tag, a length and its content. */

type Content = Uint8Array;

export function sequence(...parts: readonly Content[]): Buffer {
  return element(0x30, ...parts);
}

export function set(...parts: readonly Content[]): Buffer {
  return element(0x31, ...parts);
}

/** `[number]` in front of other values. */
export function tagged(number: number, ...parts: readonly Content[]): Buffer {
  return element(0xa0 + number, ...parts);
}

/** `[number]` in place of the tag of a text. */
export function taggedText(number: number, text: string): Buffer {
  return element(0x80 + number, Buffer.from(text, "latin1"));
}

/** A number without sign, from its big-endian bytes. */
export function integer(...bytes: readonly number[]): Buffer {
  return element(0x02, Buffer.from(bytes[0]! > 0x7f ? [0, ...bytes] : bytes));
}

export function yes(): Buffer {
  return element(0x01, Buffer.of(0xff));
}

export function bitString(bytes: Content): Buffer {
  const unusedBits = Buffer.of(0);
  return element(0x03, unusedBits, bytes);
}

export function octetString(bytes: Content): Buffer {
  return element(0x04, bytes);
}

export function utf8(text: string): Buffer {
  return element(0x0c, Buffer.from(text));
}

/** Two digits of the year until 2049, as RFC 5280 §4.1.2.5 wants it, and four after that. */
export function time(ms: number): Buffer {
  const digits = `${new Date(ms).toISOString().replace(/\.\d+|[-:T]/g, "")}`;
  const isLate = digits >= "2050";
  return element(isLate ? 0x18 : 0x17, Buffer.from(isLate ? digits : digits.slice(2), "latin1"));
}

/** An object identifier from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...others].flatMap(inSevenBits)));
}

/** Each byte but the last has its first bit set. */
function inSevenBits(number: number): number[] {
  const bytes = [number & 0x7f];
  for (let rest = number >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

function element(tag: number, ...parts: readonly Content[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag, ...lengthOf(content.length)), content]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}
