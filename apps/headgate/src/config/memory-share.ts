import { DEFAULT_LIMITS, type GatewayLimits, type WrittenLimits } from "@headgate/gateway";

const LOG_SHARE = 1 / 4;
const INPUT_SHARE = 1 / 8;

/** The rest is for the program itself: about 100 MiB. */
const SHARE_OF_ALL = 3 / 4;

/** Two messages of the largest size, the least that is useful, however small the machine. Bytes. */
const LEAST = 16 * 1024 * 1024;

/** What a viewer takes over RTMPS: 62 KB for its TLS session, and 30 KB as over any other transport. Bytes. */
const CONNECTION_BYTES = 96 * 1024;

/** The segment that a stream writes to, which it cannot give back, may be so large. Bytes. */
const STREAM_BYTES = 64 * 1024;

/** Of the memory for media: the rest is for what viewers need. */
const STREAMS_SHARE = 1 / 2;

/** Where less memory is left, the limits are too much for it anyway. */
const LEAST_CONNECTIONS = 100;

/** The limits of one worker, in which `auto` is its share of the memory. */
export function limitsIn<Limits extends WrittenLimits>(
  memoryBytes: number,
  workers: number,
  written: Limits,
): Limits & GatewayLimits {
  const shareOf = (share: number, most: number): number =>
    Math.min(most, Math.max(LEAST, Math.floor((memoryBytes * share) / workers)));
  const most = DEFAULT_LIMITS;
  const maxLogBytes = inForce(written.maxLogBytes, () => shareOf(LOG_SHARE, most.maxLogBytes));
  const maxInputBytes = inForce(written.maxInputBytes, () => shareOf(INPUT_SHARE, most.maxInputBytes));
  const maxConnections = inForce(written.maxConnections, () => {
    const leftBytes = (memoryBytes * SHARE_OF_ALL) / workers - maxLogBytes - maxInputBytes;
    return Math.min(
      most.maxConnections,
      Math.max(LEAST_CONNECTIONS, Math.floor(leftBytes / CONNECTION_BYTES)),
    );
  });
  // For one address, so that others have as many.
  const maxConnectionsPerAddress = inForce(written.maxConnectionsPerAddress, () =>
    Math.min(most.maxConnectionsPerAddress, Math.ceil(maxConnections / 2)),
  );
  const maxStreams = inForce(written.maxStreams, () =>
    Math.min(most.maxStreams, Math.floor((maxLogBytes * STREAMS_SHARE) / STREAM_BYTES)),
  );
  const maxStreamsPerAddress = inForce(written.maxStreamsPerAddress, () =>
    Math.min(most.maxStreamsPerAddress, Math.ceil(maxStreams / 2)),
  );
  return {
    ...written,
    maxConnections,
    maxConnectionsPerAddress,
    maxStreams,
    maxStreamsPerAddress,
    maxLogBytes,
    maxInputBytes,
  };
}

/** Whether the limits allow memory that the process needs for itself or does not have. */
export function exceedsMemory(
  memoryBytes: number,
  workers: number,
  { maxConnections, maxLogBytes, maxInputBytes }: GatewayLimits,
): boolean {
  const bytes = maxLogBytes + maxInputBytes + maxConnections * CONNECTION_BYTES;
  return workers * bytes > memoryBytes * SHARE_OF_ALL;
}

function inForce(written: number | "auto", ofMemory: () => number): number {
  return written === "auto" ? ofMemory() : written;
}
