import type { Link, TransportName } from "../link.ts";

/** The peer of the Link under test, by bytes and without anything of the Link's own code. */
export interface RawClient {
  /** Where the Link is to say it comes from. */
  readonly address: string;
  readonly port: number;
  /** All bytes taken so far, in a copy. */
  readonly received: Uint8Array;
  readonly receivedBytes: number;
  /** Whether the Link's side has said that no more bytes will come. */
  readonly ended: boolean;
  write(bytes: Uint8Array): void;
  /** Says that it will write no more, and goes on reading. */
  end(): void;
  /** Breaks the connection off, as the system does for a program that is killed. */
  reset(): void;
  /** Takes no bytes until it resumes. */
  pause(): void;
  resume(): void;
}

/** A transport that has been started. */
export interface LinkSource {
  /** Connects a client; `onLink` is given its Link in the turn in which the transport hands it over. */
  connect(onLink: (link: Link) => void): Promise<RawClient>;
  /** Ends everything that is left of it. */
  stop(): Promise<void>;
}

/** What the suite must know of a transport. */
export interface LinkAdapter {
  readonly transport: TransportName;
  /** Whether the peer can end and go on reading; if not, its end is the Link's. */
  readonly canHalfClose?: boolean;
  /** What is put between the bytes and the Link, for the title. */
  readonly carrying?: string;
  start(): Promise<LinkSource>;
}
