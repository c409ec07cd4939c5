import type { Playback, Stream } from "@headgate/bus";
import type { PublishType, StatusCode } from "@headgate/session";
import type { GatewayContext } from "./context.ts";
import type { EndReason } from "./end-reasons.ts";
import type { PlayerRequest } from "./player-request.ts";
import type { RequestingPeer, StreamAttempt, SwfAnswer } from "./policy.ts";
import { isRefusal, type RefusalCode } from "./refusals.ts";
import type { Reservations } from "./reservations.ts";
import type { ConnectFacts, Session, StreamUse } from "./session.ts";

const NO_USES: readonly StreamUse[] = [];

/** What is played or published, if it is live. */
interface LiveUse {
  readonly stream: Stream;
  readonly playback?: Playback<Uint8Array>;
  /** Of a publisher. */
  readonly type?: PublishType;
}

/** A request over HTTP as a session that lasts as long as its reply: policies, observers and operators need know no other. */
export class RequestSession implements Session, RequestingPeer {
  readonly id: string;
  readonly startedMs: number;
  readonly connect: ConnectFacts;
  readonly isInternal = false;
  readonly roundTripMs = undefined;
  identity: string | undefined;
  uses: readonly StreamUse[] = NO_USES;
  readonly #context: GatewayContext;
  readonly #request: PlayerRequest;
  readonly #reservations: Reservations;
  #isOver = false;
  #endReason = "request done";

  constructor(
    context: GatewayContext,
    request: PlayerRequest,
    connect: ConnectFacts,
    reservations: Reservations,
  ) {
    this.#context = context;
    this.#request = request;
    this.#reservations = reservations;
    this.connect = connect;
    this.id = Buffer.from(context.connectionOptions.random(6)).toString("hex");
    this.startedMs = context.now();
  }

  get session(): this {
    return this;
  }

  get transport(): PlayerRequest["transport"] {
    return this.#request.transport;
  }

  get remoteAddress(): string {
    return this.#request.remoteAddress;
  }

  get remotePort(): number {
    return this.#request.remotePort;
  }

  get query(): string {
    return this.#request.query;
  }

  get bytesSent(): number {
    return this.#request.bytesSent();
  }

  get bytesReceived(): number {
    return this.#request.bytesReceived?.() ?? 0;
  }

  /** A browser is made of no SWF. */
  async askForSwf(): Promise<SwfAnswer> {
    return { kind: "impossible" };
  }

  /** The policies have allowed it. */
  begin(
    kind: StreamUse["kind"],
    { key, grants }: Pick<StreamAttempt, "key" | "grants">,
    live?: LiveUse,
  ): void {
    const { now, sessions } = this.#context;
    this.identity = grants.identity;
    sessions.connected(this);
    const common = { kind, key, stream: undefined, netStreamId: 0, query: this.query, grants, ...live };
    const use: StreamUse = { ...common, startedMs: now(), reservations: this.#reservations };
    this.uses = [use];
    sessions.began(this, use);
  }

  /** The policies have not. */
  refused(reason: EndReason): void {
    this.end(reason);
  }

  /** The reply is over. Calling it again does nothing. */
  end(reason: string = this.#endReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#endReason = reason;
    const { sessions } = this.#context;
    const [use] = this.uses;
    this.uses = NO_USES;
    if (use) sessions.ended(this, use);
    this.#reservations.end();
    sessions.closed(this, this.#endReason);
  }

  endUse(use: StreamUse, reason: RefusalCode, status: StatusCode, description: string): void {
    if (this.uses.includes(use)) this.kick(reason, status, description);
  }

  kick(reason: EndReason, _: StatusCode, description: string): void {
    if (this.#isOver) return;
    if (isRefusal(reason)) this.#context.refusals.add(reason);
    this.#endReason = reason;
    this.#request.onKicked(reason, description);
  }

  measureRoundTrip(): void {}

  tellRecording(): void {}

  switchPlays(): number {
    return 0;
  }

  requestReconnect(): boolean {
    return false;
  }
}
