import type { Playback, Stream, StreamKey } from "@headgate/bus";
import type { ConnectRequest, PublishType, StatusCode } from "@headgate/session";
import type { TransportName } from "@headgate/transport";
import type { EndReason } from "./end-reasons.ts";
import type { Grants } from "./granted.ts";
import type { RefusalCode } from "./refusals.ts";
import type { Reservations } from "./reservations.ts";

/** What becomes of the recording that a publisher has asked for. */
export type RecordingNews = "begun" | "stopped" | "failed";

/** What a session publishes or plays on one of its NetStreams. */
export interface StreamUse {
  readonly kind: "publish" | "play";
  /** How it is published: whether the publisher wants it to be recorded. Undefined for a player. */
  readonly type?: PublishType;
  readonly key: StreamKey;
  /** Undefined for a recording that is played. */
  readonly stream: Stream | undefined;
  readonly netStreamId: number;
  /** Milliseconds of the gateway's clock. */
  readonly startedMs: number;
  /** The query of the stream's URL; credentials live here, so it is never shown. */
  readonly query: string;
  /** How the player gets on; undefined for a publisher. */
  readonly playback?: Pick<Playback<Uint8Array>, "lagCount" | "behindMs" | "bufferLengthMs">;
  /** By the policies that have allowed it. */
  readonly grants: Grants;
  /** What they have set aside for it. */
  readonly reservations: Reservations;
}

/** What is kept of `connect`. Texts are as the client sent them, cut to a length that is worth keeping. */
export interface ConnectFacts
  extends Pick<
    ConnectRequest,
    "virtualHost" | "application" | "query" | "tcUrl" | "pageUrl" | "swfUrl" | "flashVersion"
  > {
  /** Whether the client connects again when it is asked to (Enhanced RTMP v2). */
  readonly canReconnect: boolean;
}

/** The session of a peer, as policies, observers and operators see it. */
export interface Session {
  /** As in the log. */
  readonly id: string;
  readonly transport: TransportName;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Whether the peer is another process of this server. */
  readonly isInternal: boolean;
  /** Undefined before `connect`. */
  readonly connect: ConnectFacts | undefined;
  /** Who the peer is, in the words of whoever vouches for it. */
  readonly identity: string | undefined;
  /** Milliseconds of the gateway's clock. */
  readonly startedMs: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** How long the peer took to answer the last ping; undefined until it has answered one. Milliseconds. */
  readonly roundTripMs: number | undefined;
  /** What it publishes and plays now; a list that does not change any more. */
  readonly uses: readonly StreamUse[];
  /** Pings the peer, unless that was done a moment ago. */
  measureRoundTrip(): void;
  /** Turns what it plays to another stream, whatever the policies say. Returns how many plays, or why it cannot. */
  switchPlays(key: StreamKey): number | RefusalCode;
  /** Tells a publisher what becomes of its recording; nothing once it does not publish this any more. */
  tellRecording(use: StreamUse, news: RecordingNews): void;
  /** Asks the client to connect again, to another URL if there is one. False if it does not know how to. */
  requestReconnect(description: string, tcUrl?: string): boolean;
  /**
   * Ends one of its uses and tells the peer why, as if that had been refused. Others go on; a session without any ends a few
   * seconds later.
   */
  endUse(use: StreamUse, reason: RefusalCode, status: StatusCode, description: string): void;
  /** Tells the peer why, on each NetStream in use or else on the NetConnection, and ends the session. */
  kick(reason: EndReason, status: StatusCode, description: string): void;
}

/**
 * Hears of the sessions of peers, and not of those of other processes of this server. A start is told once its policies have
 * allowed it, and each start has its stop.
 */
export interface SessionObserver {
  connected?(session: Session): void;
  published?(session: Session, use: StreamUse): void;
  unpublished?(session: Session, use: StreamUse): void;
  played?(session: Session, use: StreamUse): void;
  stopped?(session: Session, use: StreamUse): void;
  closed?(session: Session, reason: string): void;
  /** It has ended before its `connect` was accepted; nothing else is told of it. */
  failed?(session: Session, reason: string): void;
}
