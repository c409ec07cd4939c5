import type { Stream } from "@headgate/bus";
import type { Gateway, Session, StreamUse } from "@headgate/gateway";
import type { SessionStats, Stats, StreamStats } from "./public-types.ts";
import { sessionInfo } from "./session-info.ts";

/** What goes on in a gateway now. */
export function statsOf(gateway: Gateway): Stats {
  return {
    streams: [...gateway.streams.values()].map((stream) =>
      streamStats(stream, gateway.sourceOf(stream)?.session),
    ),
    sessions: [...gateway.sessions.values()].map(sessionStats),
  };
}

function streamStats(stream: Stream, session: Session | undefined): StreamStats {
  const { videoBytes, audioBytes, dataBytes, videoFrames, audioFrames, keyframes } = stream.meter;
  return {
    stream: stream.key.path,
    isPublished: stream.publisher !== undefined,
    session: session && sessionInfo(session),
    readers: stream.viewers.size,
    videoCodec: stream.codecOf("video"),
    audioCodec: stream.codecOf("audio"),
    receivedBytes: videoBytes + audioBytes + dataBytes,
    videoFrames,
    audioFrames,
    keyframes,
    lags: stream.lagCount,
  };
}

function sessionStats(session: Session): SessionStats {
  return {
    ...sessionInfo(session),
    receivedBytes: session.bytesReceived,
    sentBytes: session.bytesSent,
    publishes: pathsOf(session, "publish"),
    plays: pathsOf(session, "play"),
  };
}

function pathsOf({ uses }: Session, kind: StreamUse["kind"]): readonly string[] {
  return uses.filter((use) => use.kind === kind).map(({ key }) => key.path);
}
