import { type ApplicationOptions, DEFAULT_APPLICATION_OPTIONS } from "@headgate/bus";
import {
  DEFAULT_DRIVER_LIMITS,
  DEFAULT_DRIVER_TIMEOUTS,
  type DriverLimits,
  type DriverTimeouts,
} from "@headgate/driver";
import type { MergeOptions } from "./merge-window.ts";

/** What the process as a whole accepts. Each bound protects the other users of the process from one peer or one address. */
export interface GatewayLimits extends DriverLimits {
  /** Open connections in all: every one costs a file descriptor and about 30 KB. */
  readonly maxConnections: number;
  /** Open connections from one address; high, because a company's proxy is one address. */
  readonly maxConnectionsPerAddress: number;
  /** Streams with a publisher, in the process. */
  readonly maxStreams: number;
  /** Streams without a publisher, for which viewers wait. */
  readonly maxWaitingStreams: number;
  /** Such streams that viewers of one address wait for. With `pull` each is a connection to the origin. */
  readonly maxWaitingStreamsPerAddress: number;
  /** Streams that are fetched from one origin. */
  readonly maxPullsPerOrigin: number;
  /** The bytes of all stream logs together; beyond it the oldest bytes of the largest logs go first. */
  readonly maxLogBytes: number;
  /** Unfinished messages, and messages that came too fast to be read at once, of all connections together. */
  readonly maxInputBytes: number;
}

/** How long each state may last. Milliseconds. */
export interface GatewayTimeouts extends DriverTimeouts {
  /** For policies to decide on a request. Less than `connectMs`, so that a peer that waits for its `connect` hears why. */
  readonly policyMs: number;
}

export interface GatewayOptions {
  readonly limits: GatewayLimits;
  readonly timeouts: GatewayTimeouts;
  /** By application name; `*` stands for every other name, and without it other names are refused. */
  readonly applications: ReadonlyMap<string, ApplicationOptions>;
  /** The outgoing chunk size of every connection: media is encoded into chunks once, for all. Bytes. */
  readonly chunkSize: number;
  /** The window acknowledgement size sent to every peer. Bytes. */
  readonly ackWindow: number;
  /** Whether peers may use RTMPE, on any transport. */
  readonly rtmpe: boolean;
  readonly merge: MergeOptions;
}

export const DEFAULT_LIMITS: GatewayLimits = {
  ...DEFAULT_DRIVER_LIMITS,
  maxConnections: 10_000,
  maxConnectionsPerAddress: 5_000,
  maxStreams: 5_000,
  maxWaitingStreams: 5_000,
  maxWaitingStreamsPerAddress: 256,
  maxPullsPerOrigin: 1_000,
  maxLogBytes: 1024 * 1024 * 1024,
  maxInputBytes: 512 * 1024 * 1024,
};

export const DEFAULT_TIMEOUTS: GatewayTimeouts = {
  ...DEFAULT_DRIVER_TIMEOUTS,
  policyMs: 8_000,
};

/**
 * Players buffer a second and more, so 100 ms cost them nothing. The target lies between the utilisation with a hundred viewers
 * written to at once and that with a thousand written to ten times a second.
 */
export const DEFAULT_MERGE: MergeOptions = { maxWindowMs: 100, targetUtilizationPercent: 15 };

/** The chunk size SRS has proven on the widest range of clients. */
export const DEFAULT_CHUNK_SIZE = 60_000;

export const DEFAULT_ACK_WINDOW = 2_500_000;

/** Any application name is served. */
export const DEFAULT_GATEWAY_OPTIONS: GatewayOptions = {
  limits: DEFAULT_LIMITS,
  timeouts: DEFAULT_TIMEOUTS,
  applications: new Map([["*", DEFAULT_APPLICATION_OPTIONS]]),
  chunkSize: DEFAULT_CHUNK_SIZE,
  ackWindow: DEFAULT_ACK_WINDOW,
  rtmpe: true,
  merge: DEFAULT_MERGE,
};
