/** A part of something with a length: from its first byte to before `to`. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Numbers with more digits are beyond every file, and some beyond what a number can be. */
const RANGE = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i;

/**
 * What a `Range` header asks for (RFC 9110 §14.1.2). `whole`: nothing, or what is not understood; of several ranges, too, because
 * no player asks for them, and a server may answer with everything.
 */
export function readRange(header: string | undefined, length: number): ByteRange | "whole" | "unsatisfiable" {
  const [, first, last] = RANGE.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return "whole";
  if (first === "")
    return Number(last) === 0 || length === 0 ? "unsatisfiable" : suffix(Number(last), length);
  const from = Number(first);
  if (last !== "" && Number(last) < from) return "whole";
  if (from >= length) return "unsatisfiable";
  return { from, to: last === "" ? length : Math.min(Number(last) + 1, length) };
}

function suffix(bytes: number, length: number): ByteRange {
  return { from: Math.max(0, length - bytes), to: length };
}
