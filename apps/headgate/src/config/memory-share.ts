import { DEFAULT_LIMITS, type GatewayLimits, type WrittenLimits } from "@headgate/gateway";

/** The rest is for the program itself (about 100 MiB) and for sockets. */
const LOG_SHARE = 1 / 4;
const INPUT_SHARE = 1 / 8;
const MOST_FOR_BOTH = 3 / 4;

/** Two messages of the largest size, the least that is useful, however small the machine. Bytes. */
const LEAST = 16 * 1024 * 1024;

/** The limits of one worker, in which `auto` is its share of the memory. */
export function limitsIn<Limits extends WrittenLimits>(
  memoryBytes: number,
  workers: number,
  written: Limits,
): Limits & GatewayLimits {
  const { maxLogBytes, maxInputBytes } = written;
  const shareOf = (share: number, most: number): number =>
    Math.min(most, Math.max(LEAST, Math.floor((memoryBytes * share) / workers)));
  return {
    ...written,
    maxLogBytes: maxLogBytes === "auto" ? shareOf(LOG_SHARE, DEFAULT_LIMITS.maxLogBytes) : maxLogBytes,
    maxInputBytes:
      maxInputBytes === "auto" ? shareOf(INPUT_SHARE, DEFAULT_LIMITS.maxInputBytes) : maxInputBytes,
  };
}

/** Whether the limits allow memory that the process needs for itself or does not have. */
export function exceedsMemory(
  memoryBytes: number,
  workers: number,
  { maxLogBytes, maxInputBytes }: GatewayLimits,
): boolean {
  return workers * (maxLogBytes + maxInputBytes) > memoryBytes * MOST_FOR_BOTH;
}
