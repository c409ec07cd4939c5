import type { StreamKey } from "@headgate/bus";
import type { Peer } from "@headgate/driver";
import { type ConnectRequest, ownText, type StatusCode } from "@headgate/session";
import type { TransportName } from "@headgate/transport";
import type { GatewayContext } from "./context.ts";
import type { EndReason } from "./end-reasons.ts";
import type { Grants } from "./granted.ts";
import type { ConnectAttempt } from "./policy.ts";
import { isRefusal, type RefusalCode } from "./refusals.ts";
import type { ConnectFacts, RecordingNews, Session, StreamUse } from "./session.ts";

/** A peer is pinged no more often than this for its round trip time, however many want to know it. Milliseconds. */
const PING_INTERVAL_MS = 5_000;

/**
 * What is kept of each text in `connect`: a URL with its token, and of the others what tells clients apart. A client may send
 * thousands of characters, and they are kept for as long as it is connected.
 */
const MAX_URL_LENGTH = 2_048;
const MAX_VERSION_LENGTH = 64;

/** The bit of `capsEx` of a client that connects again when it is asked to (Enhanced RTMP v2). */
const CAPS_EX_RECONNECT = 1;

const NO_USES: readonly StreamUse[] = [];

/** What a session publishes and plays. */
interface SessionStreams {
  switchPlays(key: StreamKey): number | RefusalCode;
  endUse(use: StreamUse, reason: RefusalCode, status: StatusCode, description: string): void;
}

/** The session of one peer. Whatever is done to it from outside ends this peer alone. */
export class PeerSession implements Session {
  readonly id: string;
  readonly startedMs: number;
  connect: ConnectFacts | undefined;
  identity: string | undefined;
  /** By the policies that have allowed `connect`. */
  grants: Grants = {};
  roundTripMs: number | undefined;
  uses: readonly StreamUse[] = NO_USES;
  /** Undefined for a session that is proxied. */
  streams: SessionStreams | undefined;
  readonly #context: GatewayContext;
  readonly #peer: Peer;
  #pingedMs: number | undefined;

  constructor(context: GatewayContext, peer: Peer) {
    this.#context = context;
    this.#peer = peer;
    this.id = Buffer.from(context.connectionOptions.random(6)).toString("hex");
    this.startedMs = context.now();
  }

  get transport(): TransportName {
    return this.#peer.transport;
  }

  get remoteAddress(): string {
    return this.#peer.link.remoteAddress;
  }

  get remotePort(): number {
    return this.#peer.link.remotePort;
  }

  get isInternal(): boolean {
    return this.#peer.isInternal;
  }

  get bytesReceived(): number {
    return this.#peer.link.bytesReceived;
  }

  get bytesSent(): number {
    return this.#peer.link.bytesSent;
  }

  /** The peer has sent `connect`. */
  named(request: ConnectRequest): void {
    this.connect = factsIn(request);
  }

  /** The policies have allowed its `connect`, perhaps to another application. */
  granted({ request, grants }: Pick<ConnectAttempt, "request" | "grants">): void {
    this.named(request);
    this.grants = grants;
    this.identity = grants.identity;
  }

  /** For a stream the policies know the peer by this name; one that they let in without any is still who it was. */
  known(identity: string | undefined): void {
    this.identity = identity ?? this.identity;
  }

  /** The peer's `connect` was accepted. */
  connected(): void {
    this.#context.sessions.connected(this);
  }

  begin(use: StreamUse): void {
    this.uses = [...this.uses, use];
    this.#context.sessions.began(this, use);
  }

  useOn(netStreamId: number): StreamUse | undefined {
    return this.uses.find((each) => each.netStreamId === netStreamId);
  }

  /** Does nothing if nothing is published or played on that NetStream. */
  end(netStreamId: number): void {
    const use = this.useOn(netStreamId);
    if (!use) return;
    this.uses = this.uses.filter((each) => each !== use);
    this.#context.sessions.ended(this, use);
  }

  closed(reason: string): void {
    this.#context.sessions.closed(this, reason);
  }

  /** The peer has answered the ping that was sent at this time. */
  pingAnswered(sentMs: number): void {
    this.roundTripMs = this.#context.now() - sentMs;
  }

  measureRoundTrip(): void {
    const nowMs = this.#context.now();
    if (this.#pingedMs !== undefined && nowMs - this.#pingedMs < PING_INTERVAL_MS) return;
    this.#pingedMs = nowMs;
    this.#peer.ping();
  }

  switchPlays(key: StreamKey): number | RefusalCode {
    let outcome: number | RefusalCode = 0;
    this.#peer.guard(() => {
      if (!this.#peer.isEnding) outcome = this.streams?.switchPlays(key) ?? 0;
    });
    this.#peer.poll();
    return outcome;
  }

  tellRecording(use: StreamUse, news: RecordingNews): void {
    if (this.#peer.isEnding || !this.uses.includes(use)) return;
    this.#peer.guard(() => {
      const netStream = this.#peer.session.netStream(use.netStreamId);
      if (news === "begun") netStream?.recordingBegun();
      else netStream?.recordingEnded(news);
    });
    this.#peer.poll();
  }

  requestReconnect(description: string, tcUrl?: string): boolean {
    if (!this.connect?.canReconnect || this.#peer.isEnding) return false;
    this.#peer.guard(() => this.#peer.session.requestReconnect(description, tcUrl));
    this.#peer.poll();
    return true;
  }

  endUse(use: StreamUse, reason: RefusalCode, status: StatusCode, description: string): void {
    if (this.#peer.isEnding || !this.uses.includes(use)) return;
    this.#peer.guard(() => this.streams?.endUse(use, reason, status, description));
    this.#peer.poll();
  }

  kick(reason: EndReason, status: StatusCode, description: string): void {
    if (this.#peer.isEnding) return;
    if (isRefusal(reason)) this.#context.refusals.add(reason);
    this.#peer.guard(() => this.#tellEnd(status, description));
    this.#peer.endAfterReplies(reason);
  }

  #tellEnd(status: StatusCode, description: string): void {
    const { session } = this.#peer;
    for (const { netStreamId } of this.uses) session.netStream(netStreamId)?.reject(status, description);
    if (this.uses.length === 0) session.tell(status, description);
  }
}

export function factsIn(request: ConnectRequest): ConnectFacts {
  const { virtualHost, application, query, tcUrl, pageUrl, swfUrl, flashVersion, enhanced } = request;
  return {
    virtualHost,
    application,
    query: ownText(query.slice(0, MAX_URL_LENGTH)),
    tcUrl: ownText(tcUrl.slice(0, MAX_URL_LENGTH)),
    pageUrl: ownText(pageUrl.slice(0, MAX_URL_LENGTH)),
    swfUrl: ownText(swfUrl.slice(0, MAX_URL_LENGTH)),
    flashVersion: ownText(flashVersion.slice(0, MAX_VERSION_LENGTH)),
    canReconnect: ((enhanced.capsEx ?? 0) & CAPS_EX_RECONNECT) !== 0,
  };
}
