import type { GrantedLimits } from "./granted.ts";

/** Limits as a hook's reply or a token has them. */
interface WrittenLimits {
  /** Bits a second. */
  readonly maxBitrate?: number;
  /** Seconds. */
  readonly maxDuration?: number;
  readonly maxViewers?: number;
}

/** Undefined if they have other keys, or no numbers: they may be limits that would not hold. */
export function readGrantedLimits(written: unknown): GrantedLimits | undefined {
  if (!isLimits(written)) return undefined;
  const { maxBitrate, maxDuration, maxViewers } = written;
  return {
    ...(maxBitrate !== undefined && { maxBitrate }),
    ...(maxDuration !== undefined && { maxDurationMs: maxDuration * 1000 }),
    ...(maxViewers !== undefined && { maxViewers }),
  };
}

function isLimits(value: unknown): value is WrittenLimits {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([key, limit]) =>
      /^max(Bitrate|Duration|Viewers)$/.test(key) && Number.isFinite(limit) && Number(limit) >= 0,
  );
}
