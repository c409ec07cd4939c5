import { DEFAULT_LIMITS, type GatewayLimits } from "@headgate/gateway";

/** Limits as they are written, before it is known how much memory there is. */
export type ConfiguredLimits = Omit<GatewayLimits, "maxLogBytes" | "maxInputBytes"> & {
  readonly maxLogBytes: number | "auto";
  readonly maxInputBytes: number | "auto";
};

/** The rest is for the program itself, about 100 MiB, and for sockets. */
const LOG_SHARE = 1 / 4;
const INPUT_SHARE = 1 / 8;
const MOST_FOR_BOTH = 3 / 4;

/** Less than two messages of the largest size serves nobody, however small the machine. Bytes. */
const LEAST = 16 * 1024 * 1024;

/** Each of the workers has its part of the memory. */
export function limitsIn(memoryBytes: number, workers: number, configured: ConfiguredLimits): GatewayLimits {
  const { maxLogBytes, maxInputBytes } = configured;
  const shareOf = (share: number, most: number): number =>
    Math.min(most, Math.max(LEAST, Math.floor((memoryBytes * share) / workers)));
  return {
    ...configured,
    maxLogBytes: maxLogBytes === "auto" ? shareOf(LOG_SHARE, DEFAULT_LIMITS.maxLogBytes) : maxLogBytes,
    maxInputBytes:
      maxInputBytes === "auto" ? shareOf(INPUT_SHARE, DEFAULT_LIMITS.maxInputBytes) : maxInputBytes,
  };
}

/** Whether the limits promise memory that the process needs for itself, or does not have at all. */
export function exceedsMemory(
  memoryBytes: number,
  workers: number,
  { maxLogBytes, maxInputBytes }: GatewayLimits,
): boolean {
  return workers * (maxLogBytes + maxInputBytes) > memoryBytes * MOST_FOR_BOTH;
}
