import { matchesPattern } from "@headgate/bus";
import type { Claims } from "@headgate/jwt";

/** Longer patterns are no paths of streams. Characters. */
const MAX_PATTERN_LENGTH = 512;

/** Whether a token's claims let its bearer do this with the stream: ours, or those of MediaMTX. */
export function permits(claims: Claims, action: "publish" | "play", path: string): boolean {
  return (
    ownPatterns(claims.headgate, action).some((pattern) => matchesPattern(pattern, path)) ||
    mediamtxPaths(claims.mediamtx_permissions, action).some((pattern) => matchesMediamtx(pattern, path))
  );
}

/** `{ publish: ["live/*"], play: ["live/*"] }` */
function ownPatterns(claim: unknown, action: "publish" | "play"): readonly string[] {
  const patterns = isObject(claim) ? claim[action] : undefined;
  return Array.isArray(patterns) ? patterns.filter(isPattern) : [];
}

/** `{ limits: { maxBitrate: 6000000, maxDuration: 3600, maxViewers: 100 } }` beside what is permitted. */
export function limitsIn({ headgate }: Claims): unknown {
  return isObject(headgate) ? headgate.limits : undefined;
}

/** `[{ action: "publish", path: "live/cam" }]`, or the same as JSON in a text. */
function mediamtxPaths(claim: unknown, action: "publish" | "play"): readonly string[] {
  const permissions = typeof claim === "string" ? parsed(claim) : claim;
  if (!Array.isArray(permissions)) return [];
  const theirs = action === "play" ? "read" : action;
  return permissions
    .filter((each) => isObject(each) && each.action === theirs)
    .map(({ path = "" }) => path)
    .filter(isPattern);
}

/** Nothing is every path, and `~` begins a regular expression. */
function matchesMediamtx(pattern: string, path: string): boolean {
  if (pattern === "" || pattern === path) return true;
  if (!pattern.startsWith("~")) return false;
  try {
    return new RegExp(pattern.slice(1), "u").test(path);
  } catch {
    return false;
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isPattern(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_PATTERN_LENGTH;
}
