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

/** Sound, pictures, data and commands of a NetStream, with one to spare: what Flash uses. */
const CHUNK_STREAMS_PER_NET_STREAM = 5;

/** For protocol control, the commands of the connection, and those of relays that number their own way. */
const CHUNK_STREAMS_BESIDE = 8;

/** How many chunk streams a connection needs that uses all of its NetStreams. */
export function chunkStreamsFor(netStreams: number): number {
  return CHUNK_STREAMS_BESIDE + CHUNK_STREAMS_PER_NET_STREAM * netStreams;
}
