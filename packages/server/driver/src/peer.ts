import type { Playback, PlaybackNotice } from "@headgate/bus";
import type { ServerConnection } from "@headgate/connection";
import type { NetConnection } from "@headgate/session";
import type { Link, TransportName } from "@headgate/transport";

type PeerConnection = Pick<ServerConnection, "handshake" | "onMessage">;

/** A peer of the server, whatever carries its messages: its session, and what is sent besides the session's replies. */
export interface Peer {
  readonly link: Pick<Link, "remoteAddress" | "remotePort" | "bytesReceived" | "bytesSent" | "writable">;
  /** Whether the peer speaks RTMPE is known only after its handshake. */
  readonly transport: TransportName;
  /** Another process of this server, which has applied policies and limits to its own peers. */
  readonly isInternal: boolean;
  /** The key of its address: peers of one address share a place in every line. */
  readonly turnKey: string;
  readonly session: NetConnection;
  /** The key of SWF verification; undefined if the handshake had no digest. */
  readonly swfVerificationKey: Uint8Array | undefined;
  readonly isEnding: boolean;
  /** What the peer has done wrong, in words. */
  readonly problem: string | undefined;
  /** When the peer was last heard: now, while some of what it has sent waits to be read. */
  readonly heardMs: number;
  readonly handshake: PeerConnection["handshake"];
  /** Told of each message in and out from now on. */
  onMessage: PeerConnection["onMessage"];
  start(): void;
  /**
   * Sends what a playback has next, for as long as the Link is writable, and with about as much effort at most. Returns the effort,
   * or the notice that comes next: what follows must not overtake it.
   */
  send(playback: Playback<Uint8Array>, maxEffort: number, nowMs: number): number | PlaybackNotice;
  /** Sends the session's replies, and goes on reading. */
  poll(): void;
  /** Runs work whose errors end this connection. */
  guard(work: () => void): void;
  /** Ends the connection for an error. */
  fail(error: unknown): void;
  /** Reads nothing more until `release`: the peer's last request cannot be answered yet. */
  hold(): void;
  release(): void;
  /** Pauses and resumes reading. */
  pause(): void;
  resume(): void;
  /** Checks the peer's timeouts; called a few times a second. */
  sweep(nowMs: number): void;
  /** Asks a connected peer whether it is there. */
  ping(): void;
  /** Ends the connection at once, without last bytes. */
  abandon(reason: string): void;
  /** Ends the connection once its last bytes have been sent. */
  end(reason: string): void;
  /** The same, once the session's replies have been sent as well. */
  endAfterReplies(reason: string): void;
}
