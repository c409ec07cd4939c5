import type { RtmpUrl } from "@headgate/session";

/** A shorter part is hidden only where it stands alone: as part of a word, a stream called `a` is in nearly every sentence. Bytes. */
const MIN_WITHIN_WORD_BYTES = 8;

/** Some servers cut off what they quote: so much of the beginning of a part is hidden like the whole. Bytes. */
const MIN_BEGINNING_BYTES = 12;

/** The same at the end of a text, which may have been cut off in the middle of a part. Bytes. */
const MIN_LAST_BYTES = 4;

/** What stands for a secret. */
const HIDDEN = "***";

/**
 * A text that the server at a URL has sent, with `***` in place of each part of the URL that is or may be secret, percent-encoded or
 * not: user, password, query, the values in it, and the stream's name, which to many services is the key. `more` are other secrets
 * that the server knows.
 */
export function hideSecrets(text: string, url: RtmpUrl, more: readonly string[] = []): string {
  const secrets = secretsOf(url).concat(more).filter(isNotEmpty).map(spelled);
  const { bytes, starts, ends } = spelled(text);
  let hidden = "";
  let shownFrom = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = Math.max(0, ...secrets.map((secret) => quotedBytes(bytes, at, secret.bytes)));
    if (length > 0) {
      hidden += text.slice(shownFrom, starts[at]) + HIDDEN;
      shownFrom = ends[at + length - 1]!;
    }
    at += length || 1;
  }
  return hidden + text.slice(shownFrom);
}

function secretsOf({ user, password, stream, query }: RtmpUrl): readonly string[] {
  const values = query.split("&").map((pair) => pair.slice(pair.indexOf("=") + 1));
  return [user, password, stream, query, ...values];
}

function isNotEmpty(text: string): boolean {
  return text !== "";
}

/** How many bytes of the secret stand at this place of a text. */
function quotedBytes(text: readonly number[], at: number, secret: readonly number[]): number {
  let length = 0;
  while (length < secret.length && text[at + length] === secret[length]) length += 1;
  if (secret.length < MIN_WITHIN_WORD_BYTES)
    return length === secret.length && standsAlone(text, at, length) ? length : 0;
  const isLast = at + length === text.length;
  const isQuoted =
    length === secret.length || length >= MIN_BEGINNING_BYTES || (isLast && length >= MIN_LAST_BYTES);
  return isQuoted ? length : 0;
}

function standsAlone(text: readonly number[], at: number, length: number): boolean {
  return !isOfWord(text[at - 1]) && !isOfWord(text[at + length]);
}

/** Letters, digits, and everything beyond ASCII. */
function isOfWord(byte: number | undefined): boolean {
  return byte !== undefined && (byte >= 0x80 || /[\da-z]/i.test(String.fromCharCode(byte)));
}

/** The bytes that a text stands for, without percent-encoding, and where each begins and ends in the text. */
function spelled(text: string): {
  readonly bytes: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
} {
  const bytes: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: piece, index } of text.matchAll(/%[\da-f]{2}|./gisu)) {
    for (const byte of bytesOf(piece)) {
      bytes.push(byte);
      starts.push(index);
      ends.push(index + piece.length);
    }
  }
  return { bytes, starts, ends };
}

const encoder = new TextEncoder();

function bytesOf(piece: string): Iterable<number> {
  if (piece === "+") return encoder.encode(" ");
  return piece.length === 3 ? [Number.parseInt(piece.slice(1), 16)] : encoder.encode(piece);
}
