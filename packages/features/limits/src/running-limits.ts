import type { GrantedLimits, StreamUse } from "@headgate/gateway";
import type { Limits } from "./config.ts";
import { codecKey, type Resolution } from "./fields.ts";

/** What holds while one stream is published or played. */
export interface RunningLimits {
  /** Bits a second. */
  readonly maxBitrate: number | undefined;
  readonly maxDurationMs: number | undefined;
  readonly maxIdleMs: number | undefined;
  /** By the keys of their names. */
  readonly videoCodecs: ReadonlySet<string> | undefined;
  readonly audioCodecs: ReadonlySet<string> | undefined;
  readonly maxResolution: Resolution | undefined;
  /** Whether its bitrate counts with others. */
  readonly isReported: boolean;
}

/** The strictest of all that apply. Undefined if none of them says anything. */
export function runningLimits(
  kind: StreamUse["kind"],
  all: readonly Limits[],
  granted: GrantedLimits = {},
): RunningLimits | undefined {
  const publish = kind === "publish" ? all.map((limits) => limits.publish) : [];
  const each = all.map((limits) => limits[kind]);
  const limits: RunningLimits = {
    maxBitrate: least([granted.maxBitrate, ...each.map(({ maxBitrate }) => maxBitrate)]),
    maxDurationMs: least([granted.maxDurationMs, ...each.map(({ maxDurationMs }) => maxDurationMs)]),
    maxIdleMs: least(publish.map(({ maxIdleMs }) => maxIdleMs)),
    videoCodecs: common(publish.map(({ videoCodecs }) => videoCodecs)),
    audioCodecs: common(publish.map(({ audioCodecs }) => audioCodecs)),
    maxResolution: smallest(publish.map(({ maxResolution }) => maxResolution)),
    isReported: each.some(({ maxTotalBitrate }) => maxTotalBitrate !== undefined),
  };
  return Object.values(limits).every((limit) => limit === undefined || limit === false) ? undefined : limits;
}

function least(limits: readonly (number | undefined)[]): number | undefined {
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** A list with nothing in it is no limit. */
function common(lists: readonly (readonly string[])[]): ReadonlySet<string> | undefined {
  const [first, ...rest] = lists.filter((list) => list.length > 0).map((list) => new Set(list.map(codecKey)));
  return first && new Set([...first].filter((codec) => rest.every((other) => other.has(codec))));
}

/** Each side counts by itself: what is allowed has to fit into all. */
function smallest(limits: readonly (Resolution | undefined)[]): Resolution | undefined {
  const sides = limits.filter((limit) => limit !== undefined).map(sidesOf);
  if (sides.length === 0) return undefined;
  return {
    width: Math.min(...sides.map(({ longer }) => longer)),
    height: Math.min(...sides.map(({ shorter }) => shorter)),
  };
}

/** Whether pictures fit, perhaps turned on their side. */
export function fits(pictures: Resolution, limit: Resolution): boolean {
  const { longer, shorter } = sidesOf(pictures);
  const most = sidesOf(limit);
  return longer <= most.longer && shorter <= most.shorter;
}

function sidesOf({ width, height }: Resolution): { readonly longer: number; readonly shorter: number } {
  return { longer: Math.max(width, height), shorter: Math.min(width, height) };
}
