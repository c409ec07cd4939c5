import type { BlockList, Socket } from "node:net";
import { ProtocolError } from "@headgate/bytes";
import type { Guard } from "@headgate/transport";
import { includes } from "./addresses.ts";
import { sniff } from "./first-bytes.ts";
import { readProxyHeader } from "./proxy-header.ts";

/** The protocols to which a port can be limited. */
export type PortProtocol = "rtmp" | "rtmps" | "http" | "https";

/** Counts one connection against the limits, from its first moment to its last. */
export interface ConnectionPermit {
  moveTo(address: string): boolean;
  leave(): void;
}

/** A connection whose protocol is known. */
export interface SniffedConnection {
  /** The bytes read to find out have been put back. */
  readonly socket: Socket;
  readonly isSecure: boolean;
  /** The client's, also behind a proxy. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly permit: ConnectionPermit;
}

export interface SnifferOptions {
  readonly protocols: ReadonlySet<PortProtocol>;
  /** The addresses that may send a PROXY protocol header. */
  readonly trustedProxies: BlockList;
  /** The time to the first bytes, from the connection on and once more inside TLS. */
  readonly firstByteMs: number;
  /**
   * Shakes hands as a TLS server; without it there is no TLS here. Rejects with a ProtocolError. `onInvalid` is called if
   * the client breaks TLS later, at most once, while the connection lasts.
   */
  readonly secure:
    | ((socket: Socket, remoteAddress: string, onInvalid: (error: ProtocolError) => void) => Promise<Socket>)
    | undefined;
  readonly onRtmp: (arrived: SniffedConnection) => void;
  readonly onHttp: (arrived: SniffedConnection) => void;
  readonly onRefused: (error: ProtocolError, remoteAddress: string) => void;
}

/** A connection that has just been accepted. */
interface AcceptedConnection {
  readonly socket: Socket;
  readonly remoteAddress: string;
  readonly permit: ConnectionPermit;
  readonly options: SnifferOptions;
  /** Destroys `socket`. */
  readonly guard: Guard;
  /** Called once, when the protocol is known or the connection is gone. */
  readonly onDone: () => void;
}

/** A connection until its protocol is known. It costs a permit, a socket and a timer, and nothing more. */
export class Sniffer {
  readonly #options: SnifferOptions;
  readonly #permit: ConnectionPermit;
  readonly #onDone: () => void;
  readonly #accepted: Socket;
  /** The accepted one, or the one inside TLS. */
  #socket: Socket;
  #isSecure = false;
  #isProxied = false;
  #remoteAddress: string;
  #remotePort: number;
  #head: Buffer = NOTHING;
  #timer: NodeJS.Timeout | undefined;
  readonly #guard: Guard;
  readonly #onReadable: () => void;
  readonly #onClose: () => void;

  constructor({ socket, remoteAddress, permit, options, guard, onDone }: AcceptedConnection) {
    this.#options = options;
    this.#guard = guard;
    this.#onReadable = guard.entry(() => this.#read());
    this.#onClose = guard.entry(() => this.#finish());
    this.#permit = permit;
    this.#onDone = onDone;
    this.#accepted = socket;
    this.#socket = socket;
    this.#remoteAddress = remoteAddress;
    this.#remotePort = socket.remotePort ?? 0;
    socket.once("close", leaving(permit));
    socket.once("close", this.#onClose);
    this.#sniff();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Waits for the first bytes of the socket, which may be the one inside TLS. */
  #sniff(): void {
    this.#timer = setTimeout(() => this.destroy(), this.#options.firstByteMs);
    this.#socket.on("error", ignore);
    this.#socket.on("readable", this.#onReadable);
  }

  #read(): void {
    const bytes: Buffer | null = this.#socket.read();
    if (bytes === null) return;
    this.#head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    try {
      this.#decide();
    } catch (error) {
      this.#refuse(error);
    }
  }

  #decide(): void {
    const meaning = sniff(this.#head);
    switch (meaning) {
      case undefined:
        return;
      case "proxy":
        return this.#readProxyHeader();
      case "tls":
        return this.#secure();
      case "rtmp":
        this.#require(this.#isSecure ? "rtmps" : "rtmp");
        return this.#options.onRtmp(this.#arrive());
      case "http":
        this.#require(this.#isSecure ? "https" : "http");
        return this.#options.onHttp(this.#arrive());
      case "unknown":
        throw new ProtocolError(
          "PROTOCOL_UNKNOWN",
          `the first bytes are of no known protocol: ${shown(this.#head)}`,
        );
    }
  }

  #readProxyHeader(): void {
    if (this.#isSecure || this.#isProxied || !includes(this.#options.trustedProxies, this.#remoteAddress)) {
      throw new ProtocolError(
        "PROXY_NOT_TRUSTED",
        "a PROXY protocol header from an address that is not a trusted proxy",
      );
    }
    const header = readProxyHeader(this.#head);
    if (!header) return;
    this.#isProxied = true;
    if (header.client && !this.#permit.moveTo(header.client.address)) return this.destroy();
    this.#remoteAddress = header.client?.address ?? this.#remoteAddress;
    this.#remotePort = header.client?.port ?? this.#remotePort;
    this.#head = this.#head.subarray(header.length);
    this.#decide();
  }

  #secure(): void {
    const { secure, protocols } = this.#options;
    if (this.#isSecure) throw notAccepted("TLS inside TLS");
    if (!secure || !(protocols.has("rtmps") || protocols.has("https"))) throw notAccepted("TLS");
    this.#putBack();
    const remoteAddress = this.#remoteAddress;
    this.#guard.settle(
      secure(this.#socket, remoteAddress, refusal(this.#options, remoteAddress)),
      (socket) => {
        if (socket.destroyed) return;
        this.#socket = socket;
        this.#isSecure = true;
        this.#sniff();
      },
      (error: unknown) => this.#refuse(error),
    );
  }

  #require(protocol: PortProtocol): void {
    if (!this.#options.protocols.has(protocol)) throw notAccepted(protocol);
  }

  #arrive(): SniffedConnection {
    this.#putBack();
    this.#finish();
    return {
      socket: this.#socket,
      isSecure: this.#isSecure,
      remoteAddress: this.#remoteAddress,
      remotePort: this.#remotePort,
      permit: this.#permit,
    };
  }

  /** Restores the socket as if nothing had been read. */
  #putBack(): void {
    clearTimeout(this.#timer);
    this.#socket.off("readable", this.#onReadable);
    this.#socket.unshift(this.#head);
    this.#head = NOTHING;
  }

  #refuse(error: unknown): void {
    this.destroy();
    if (!(error instanceof ProtocolError)) throw error;
    this.#options.onRefused(error, this.#remoteAddress);
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.#accepted.off("close", this.#onClose);
    this.#onDone();
  }
}

const NOTHING = Buffer.alloc(0);

/** `close` follows an error, and is handled. */
function ignore(): void {}

/** Outlives the Sniffer, so it must not hold it: functions that are made in one call hold all that any of them uses. */
function leaving(permit: ConnectionPermit): () => void {
  return () => permit.leave();
}

/** The same. */
function refusal({ onRefused }: SnifferOptions, remoteAddress: string): (error: ProtocolError) => void {
  return (error) => onRefused(error, remoteAddress);
}

function notAccepted(what: string): ProtocolError {
  return new ProtocolError("PROTOCOL_NOT_ACCEPTED", `${what} is not accepted on this port`);
}

/** A few bytes in hexadecimal: the peer chose them, and they go into a log. */
function shown(bytes: Buffer): string {
  return bytes
    .subarray(0, 16)
    .toString("hex")
    .replace(/..(?=.)/g, "$& ");
}
