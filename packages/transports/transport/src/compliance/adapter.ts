import type { Link, TransportName } from "../link.ts";

/** The peer of the Link under test. It shares no code with the Link. */
export interface RawClient {
  /** The address and port that the Link must report. */
  readonly address: string;
  readonly port: number;
  /** A copy of all bytes received so far. */
  readonly received: Uint8Array;
  readonly receivedBytes: number;
  /** Whether the Link has ended its side. */
  readonly ended: boolean;
  write(bytes: Uint8Array): void;
  /** Ends its own side, and keeps reading. */
  end(): void;
  /** Resets the connection, as the system does when a program is killed. */
  reset(): void;
  /** Stops reading until `resume`. */
  pause(): void;
  resume(): void;
}

/** A running transport. */
export interface LinkSource {
  /** Connects a client. `onLink` gets its Link, in the turn in which the transport hands it over. */
  connect(onLink: (link: Link) => void): Promise<RawClient>;
  /** Ends all its connections, and the transport. */
  stop(): Promise<void>;
}

/** What the suite needs to know about a transport. */
export interface LinkAdapter {
  readonly transport: TransportName;
  /** Whether the peer can end its side and keep reading. If not, its end ends the Link. */
  readonly canHalfClose?: boolean;
  /** Whether the system keeps what has come before the peer resets the connection. */
  readonly keepsInput?: boolean;
  /** The layer between the bytes and the Link, for the title. */
  readonly carrying?: string;
  start(): Promise<LinkSource>;
}
