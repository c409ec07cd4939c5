import type { IncomingHttpHeaders } from "node:http";
import type { FileVersion } from "../playing/recorded-file.ts";

/** What tells a client whether what it has is still the same (RFC 9110 §8.8). */
export interface Validators {
  readonly etag: string;
  /** In whole seconds, as a header has it. */
  readonly lastModifiedMs: number;
  /** Whether bytes of two replies with these may be put together. */
  readonly areStrong: boolean;
}

/** A file that was written a moment ago may be written to. A recorder writes each second. Milliseconds. */
const SETTLED_MS = 10_000;

/** `part` is unlike for unlike parts of a file. A file that grows has another version each second, and no strong one. */
export function validatorsOf({ bytes, modifiedMs }: FileVersion, part: string, nowMs: number): Validators {
  const areStrong = Math.abs(nowMs - modifiedMs) >= SETTLED_MS;
  const tag = `"${Math.round(modifiedMs * 1_000).toString(16)}-${bytes.toString(16)}${part}"`;
  const lastModifiedMs = Math.floor(Math.min(modifiedMs, nowMs) / 1_000) * 1_000;
  return { etag: areStrong ? tag : `W/${tag}`, lastModifiedMs, areStrong };
}

/** The status of a reply without the thing itself; undefined if the client is to get it (RFC 9110 §13.2.2). */
export function judgeConditions(headers: IncomingHttpHeaders, validators: Validators): 304 | 412 | undefined {
  const { etag, lastModifiedMs, areStrong } = validators;
  const match = headers["if-match"];
  if (match !== undefined) {
    if (match.trim() !== "*" && !(areStrong && tagsIn(match).includes(etag))) return 412;
  } else if (lastModifiedMs > timeOf(headers["if-unmodified-since"])) return 412;
  const noneMatch = headers["if-none-match"];
  if (noneMatch === undefined)
    return lastModifiedMs <= timeOf(headers["if-modified-since"], 0) ? 304 : undefined;
  const isKnown = noneMatch.trim() === "*" || tagsIn(noneMatch).some((tag) => opaque(tag) === opaque(etag));
  return isKnown ? 304 : undefined;
}

/** Whether a part may be sent to a client that has another part of what `If-Range` names (RFC 9110 §13.1.5). */
export function mayBeParted(
  header: string | undefined,
  { etag, lastModifiedMs, areStrong }: Validators,
): boolean {
  if (header === undefined) return true;
  if (!areStrong) return false;
  return header.trim().endsWith('"') ? header.trim() === etag : timeOf(header, 0) === lastModifiedMs;
}

const TAG = /(?:W\/)?"[^"]*"/g;

function tagsIn(header: string): readonly string[] {
  return header.match(TAG) ?? [];
}

function opaque(tag: string): string {
  return tag.replace(/^W\//, "");
}

/** What is no time is as if it were not there. */
function timeOf(header: string | undefined, otherwise = Number.POSITIVE_INFINITY): number {
  const timeMs = Date.parse(header ?? "");
  return Number.isNaN(timeMs) ? otherwise : timeMs;
}
