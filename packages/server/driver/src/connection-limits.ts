import type { ConnectionLimits } from "@headgate/connection";
import type { DriverLimits } from "./config.ts";

/** What of a process's limits is about one connection. */
export function connectionLimits(limits: DriverLimits): ConnectionLimits {
  const { maxMessageBytes, maxPartialBytes, maxChunkStreams, maxNetStreams, maxPendingOutputBytes } = limits;
  return {
    chunk: { maxMessageBytes, maxPartialBytes, maxChunkStreams },
    session: { maxNetStreams, amf: { maxDepth: limits.maxAmfDepth, maxValues: limits.maxAmfValues } },
    maxPendingOutputBytes,
  };
}
