import type { Peer } from "@headgate/driver";
import type { SessionEvent } from "@headgate/session";
import type { Logger } from "pino";
import type { GatewayContext } from "./context.ts";
import { wordsFor } from "./end-reasons.ts";
import type { PeerSession } from "./peer-session.ts";
import type { PeerStreams } from "./peer-streams.ts";
import type { ConnectAttempt } from "./policy.ts";
import { SessionTrace } from "./session-trace.ts";

/** What the log is told of one session: its beginning, its end and, if that is wanted, its protocol. */
export class SessionLog {
  readonly #context: GatewayContext;
  readonly #session: PeerSession;
  readonly #peer: Peer;
  readonly #trace: SessionTrace | undefined;
  /** Created for the first line: for most peers that is at `connect`. */
  #logger: Logger | undefined;

  constructor(context: GatewayContext, session: PeerSession, peer: Peer) {
    this.#context = context;
    this.#session = session;
    this.#peer = peer;
    const { options, connectionOptions, log } = context;
    const traced = {
      peer,
      amf: connectionOptions.limits.session.amf,
      remoteAddress: peer.link.remoteAddress,
      log: () => this.logger,
    };
    this.#trace = SessionTrace.of(traced, options.trace, log.isLevelEnabled("trace"));
  }

  get logger(): Logger {
    this.#logger ??= this.#newLogger();
    return this.#logger;
  }

  handshakeDone(): void {
    this.#trace?.handshakeDone();
  }

  /** The peer has named its application, or the policies have granted another one. */
  named(application: string): void {
    this.#logger = this.#newLogger({ application: shortened(application) });
  }

  /** The peer wants to publish or play something. */
  asked(event: SessionEvent, streams: PeerStreams | undefined): void {
    if (!this.#trace || (event.kind !== "publishRequested" && event.kind !== "playRequested")) return;
    const { name } = event.kind === "publishRequested" ? event.stream : event.request.stream;
    const key = streams?.keyOf(name);
    if (typeof key === "object") this.#trace.named(key.path);
  }

  started({ request, grants: { identity }, renamedFrom }: ConnectAttempt): void {
    if (renamedFrom !== undefined) this.named(request.application);
    const { remoteAddress, remotePort } = this.#peer.link;
    const from = renamedFrom === undefined ? undefined : shortened(renamedFrom);
    this.logger.info(
      { remoteAddress, remotePort, client: shortened(request.flashVersion), identity, renamedFrom: from },
      "session started",
    );
  }

  /** `rejected` is what the peer was told when its `connect` was refused. */
  ended(reason: string, streams: PeerStreams | undefined, rejected: string | undefined): void {
    const { remoteAddress, remotePort, bytesReceived, bytesSent } = this.#peer.link;
    const durationMs = Math.round(this.#context.now() - this.#session.startedMs);
    const line = {
      ...streams?.role,
      remoteAddress,
      remotePort,
      reason,
      description: this.#peer.problem ?? rejected ?? wordsFor(reason),
      bytesReceived,
      bytesSent,
      durationMs,
      lagged: streams?.lagCount,
    };
    if (this.#session.connect) this.logger.info(line, "session ended");
    else this.#failed(line, bytesReceived > 0 || reason.includes("timeout"));
  }

  /** A peer that goes again without a word, as health checks do, has not failed. */
  #failed(line: { readonly reason: string; readonly remoteAddress: string }, hasFailed: boolean): void {
    const { failedSessions, now } = this.#context;
    const omitted = hasFailed ? failedSessions.take(line.reason, line.remoteAddress, now()) : undefined;
    if (omitted === undefined) this.logger.debug(line, "session ended");
    else this.logger.info({ ...line, ...(omitted > 0 && { omitted }) }, "session ended");
  }

  #newLogger(bindings: { readonly application?: string } = {}): Logger {
    const fields = { session: this.#session.id, transport: this.#peer.transport, ...bindings };
    return this.#context.log.child(fields, this.#trace?.isOn ? { level: "trace" } : {});
  }
}

/** A text of `connect` for the log. */
function shortened(text: string): string {
  return text.slice(0, 64);
}
