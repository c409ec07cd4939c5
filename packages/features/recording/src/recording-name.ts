import { createHash } from "node:crypto";

/** The longest level of a path, below the 255 bytes of common file systems: a number and an ending are added. Bytes. */
const MAX_LEVEL_BYTES = 200;

/** What a name has in common with the one it was cut from. Hex digits. */
const HASH_LENGTH = 8;

/** What a recording is named after. */
export interface NamedRecording {
  /** In levels, as `live/room`. */
  readonly application: string;
  readonly stream: string;
  /** When its first frame arrived, in milliseconds since the Unix epoch. */
  readonly startedMs: number;
}

/** Control characters, also those that change the direction of text, and what file systems or shells take for something else. */
const UNWANTED = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}"%*:<>?\\|]/gu;

type Part = (recording: NamedRecording) => string;

const FIELDS: Readonly<Record<string, Part>> = {
  "{app}": ({ application }) => levelsIn(application),
  "{stream}": ({ stream }) => levelsIn(stream),
  "%Y": timePart((time) => time.getUTCFullYear(), 4),
  "%m": timePart((time) => time.getUTCMonth() + 1, 2),
  "%d": timePart((time) => time.getUTCDate(), 2),
  "%H": timePart((time) => time.getUTCHours(), 2),
  "%M": timePart((time) => time.getUTCMinutes(), 2),
  "%S": timePart((time) => time.getUTCSeconds(), 2),
  "%f": timePart((time) => time.getUTCMilliseconds(), 3),
  "%s": ({ startedMs }) => String(Math.floor(startedMs / 1_000)),
};

/** How recordings are named: a path below the root of recordings, without its ending. */
export class NamePattern {
  /** As it was written. */
  readonly text: string;
  readonly #parts: readonly Part[];

  private constructor(text: string, parts: readonly Part[]) {
    this.text = text;
    this.#parts = parts;
  }

  /** Undefined for a pattern that has unknown fields, leads out of the root or has characters that no file should have. */
  static parse(text: string): NamePattern | undefined {
    const pieces = text.match(/\{[^{}]*\}|%.?|[^{%]+|\{/gs) ?? [];
    const parts: Part[] = [];
    let literal = "";
    for (const piece of pieces) {
      const field = FIELDS[piece];
      if (!field && /^[{%]/.test(piece)) return undefined;
      if (!field) literal += piece;
      parts.push(field ?? (() => piece));
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
    if (/[\u0000-\u001f\u007f\\]/.test(literal)) return undefined;
    const levels = text.split("/");
    if (levels.some((level) => level === "" || level === "." || level === "..")) return undefined;
    return new NamePattern(text, parts);
  }

  /** The path, with `/` between its levels. No level is empty, leads elsewhere or is hidden. */
  pathOf(recording: NamedRecording): string {
    const path = this.#parts.map((part) => part(recording)).join("");
    return path
      .split("/")
      .map((level) => shortened(level.startsWith(".") ? `%2E${level.slice(1)}` : level))
      .join("/");
  }

  toString(): string {
    return this.text;
  }
}

function timePart(read: (time: Date) => number, digits: number): Part {
  return ({ startedMs }) => String(read(new Date(startedMs))).padStart(digits, "0");
}

/** A client chooses these: what a file's name should not have is percent-encoded. */
function levelsIn(name: string): string {
  return name.split("/").map(encoded).join("/");
}

function encoded(level: string): string {
  if (level === "") return "_";
  return Buffer.from(level)
    .toString()
    .replace(UNWANTED, (character) => encodeURIComponent(character).replace("*", "%2A"));
}

function shortened(level: string): string {
  if (Buffer.byteLength(level) <= MAX_LEVEL_BYTES) return level;
  const hash = createHash("sha256").update(level).digest("hex").slice(0, HASH_LENGTH);
  const kept = Buffer.from(level).subarray(0, MAX_LEVEL_BYTES - HASH_LENGTH - 1);
  return `${kept.toString().replace(/\ufffd+$/, "")}~${hash}`;
}
