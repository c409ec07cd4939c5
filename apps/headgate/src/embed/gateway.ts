import type {
  ClosedSession,
  ConnectRequest,
  Listener,
  MediaMessage,
  PlayedStream,
  PublishedMessage,
  PublishedStream,
  SessionInfo,
  Stats,
  StreamRequest,
} from "./public-types.ts";

/** What a program says beside the configuration. */
export interface GatewayOptions {
  /** Gets each line of the log, with its line feed. Without it, the log goes to the standard output. */
  readonly log?: (line: string) => void;
}

/**
 * What handlers hear. `connect`, `publish` and `play` are requests that wait for the handler, and that it can refuse: they are
 * asked after everything that the configuration says about access, hooks included. The others tell what has happened, and each
 * start has its stop.
 */
export interface GatewayEvents {
  readonly connect: ConnectRequest;
  readonly publish: StreamRequest;
  readonly play: StreamRequest;
  readonly connected: SessionInfo;
  readonly published: PublishedStream;
  readonly unpublished: PublishedStream;
  readonly played: PlayedStream;
  readonly stopped: PlayedStream;
  readonly closed: ClosedSession;
}

/** A gateway in this process. */
export interface Gateway {
  /** Listens on all configured addresses, or on none: then it rejects with a GatewayError. */
  start(): Promise<void>;
  /** Accepts no more clients, ends the connected ones, and closes. It cannot be started again. Never rejects. */
  close(): Promise<void>;
  /** Where clients connect; empty unless it is running. */
  readonly listeners: readonly Listener[];
  /**
   * Calls the handler at each event of this kind, after the handlers that were added before, until the returned function is
   * called. A request waits for handlers that return a promise, up to `timeouts.policy`; then it is refused, as it is if a
   * handler throws.
   */
  on<Event extends keyof GatewayEvents>(
    event: Event,
    handler: (event: GatewayEvents[Event]) => void | Promise<void>,
  ): () => void;
  /**
   * Reads a stream, message by message: its headers first, then from the newest keyframe on, as a player does. A stream that
   * nobody publishes is waited for, and fetched if it has a `pull`. It ends when the stream ends, or the gateway.
   *
   * Nothing is kept for a slow reader but its place. One that is further behind than `retention` is treated as a slow player
   * is: it jumps to the newest keyframe, or with `lagPolicy: drop` it ends with a GatewayError.
   */
  messages(stream: string): AsyncIterableIterator<MediaMessage>;
  /** Publishes a stream from within the program. Throws a GatewayError if it cannot be. */
  publish(stream: string): Publication;
  stats(): Stats;
}

/** A stream that is published from within the program. */
export interface Publication {
  /** False once it has ended, or another publisher has taken it over. Then {@link send} does nothing. */
  readonly isActive: boolean;
  /**
   * Sends a message to everybody who plays the stream. Timestamps run on. Data must be in AMF0, its handler first; that of
   * `onMetaData` is also kept for players that come later. The bytes are copied.
   */
  send(message: PublishedMessage): void;
  end(): void;
}
