import type { StreamKey } from "@headgate/bus";
import type { EndReason } from "./end-reasons.ts";

/** How a request comes. Those for live media say so by their names. */
export type RequestTransport = "http" | "https" | "http-flv" | "https-flv" | "ws-flv" | "wss-flv";

/** A request over HTTP for a stream or a recording. */
export interface PlayerRequest {
  readonly transport: RequestTransport;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The host that the client has named, without a port. */
  readonly host: string;
  /** The path of the stream in the URL, decoded. */
  readonly path: string;
  /** Of the URL, without the question mark; credentials live here. */
  readonly query: string;
  /** The page that has the player, and the program, in the client's own words. */
  readonly pageUrl: string;
  readonly client: string;
  readonly bytesSent: () => number;
  /** Of a publisher. */
  readonly bytesReceived?: () => number;
  /** Somebody, such as an operator, ends it: the reply is to be cut off. The caller still ends the play. */
  readonly onKicked: (reason: EndReason, description: string) => void;
}

/** What the policies have allowed. */
export interface RequestedPlay {
  readonly kind: "allow";
  /** The stream that was asked for, or the one that a policy has named instead. */
  readonly key: StreamKey;
  /** To be called when the reply is over. Calling it again does nothing. */
  end(): void;
}
