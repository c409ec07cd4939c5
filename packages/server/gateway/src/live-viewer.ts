import type { Framing, PlaybackNotice, Stream } from "@headgate/bus";
import { type MediaOutput, MediaWriter, type Swept } from "@headgate/driver";
import { addressKey, Guard } from "@headgate/transport";
import type { Flushable } from "./audience.ts";
import type { GatewayContext } from "./context.ts";
import { type EndReason, wordsFor } from "./end-reasons.ts";
import { PeerPlays } from "./peer-plays.ts";
import type { PlayerRequest } from "./player-request.ts";
import { type Denial, deny, type StreamAttempt } from "./policy.ts";
import { isRefusal, type RefusalCode } from "./refusals.ts";
import type { RequestSession } from "./request-session.ts";
import type { AllowedRequest, Requests } from "./requests.ts";
import { shortenedPath } from "./stream-lines.ts";

/**
 * How long a player over HTTP waits for a publisher. A stream that is fetched comes within a second or two, and proxies in front
 * give up after 60 s. Milliseconds.
 */
const PUBLISHER_WAIT_MS = 30_000;

/** A request over HTTP for a live stream. */
export interface LiveRequest extends Omit<PlayerRequest, "bytesSent" | "onKicked"> {
  /** How the stream is written for it. */
  readonly framing: Framing;
  /** Whether the client has gone. */
  readonly isGone: () => boolean;
  /** There is something to send: called once, just before it is sent. What it says itself first is no medium. */
  readonly begin: (stream: Stream) => LiveOutput;
  /** Nothing is sent any more. `isWhole`: what was written is still to arrive. Only called once it has begun. */
  readonly onOver: (isWhole: boolean) => void;
}

export interface LiveOutput extends MediaOutput {
  readonly bytesSent: number;
}

/** A player over HTTP: what it is sent, from the verdict of the policies to the end of its reply. */
export class LiveViewer implements Flushable, Swept {
  readonly kind = "viewer";
  lastPass = 0;
  isWoken = false;
  readonly turnKey: string;
  /** Resolves when the first bytes have been sent, or with the reason why there will be none. */
  readonly begun: Promise<Denial | undefined>;
  readonly #context: GatewayContext;
  readonly #request: LiveRequest;
  readonly #writer: MediaWriter;
  readonly #plays: PeerPlays;
  readonly #guard: Guard;
  #session: RequestSession | undefined;
  #stream: Stream | undefined;
  #output: LiveOutput | undefined;
  #onBegun: (denial: Denial | undefined) => void = () => {};
  #waitUntilMs = Number.POSITIVE_INFINITY;
  #endReason: EndReason | undefined;

  constructor(context: GatewayContext, request: LiveRequest) {
    this.#context = context;
    this.#request = request;
    this.turnKey = addressKey(request.remoteAddress);
    this.#writer = new MediaWriter(context, this.#lazyOutput(), context.traffic);
    this.#plays = new PeerPlays({
      context,
      peer: this.#writer,
      reader: this,
      via: [],
      onNotice: (_, notice) => this.#hear(notice),
      onGivenUp: () => this.#end("WAITING_STREAMS_EXCEEDED"),
    });
    this.#guard = new Guard(context.faults, "session", () => this.#end("internal error"));
    this.begun = new Promise((resolve) => {
      this.#onBegun = resolve;
    });
  }

  /** Asks the policies, and then for the stream, which is fetched if necessary. */
  async ask(requests: Requests): Promise<Denial | undefined> {
    const request = {
      ...this.#request,
      bytesSent: () => this.#output?.bytesSent ?? 0,
      onKicked: (reason: EndReason) => this.#end(reason),
    };
    const allowed = await requests.ask(request, "play");
    if (allowed.kind === "deny") return allowed;
    if (this.#request.isGone()) {
      allowed.session.end();
      return undefined;
    }
    return this.#play(allowed, requests);
  }

  /** The client has taken what was written. */
  onWritable(): void {
    this.#writer.onWritable();
    this.#context.fanOut.wake(this);
  }

  /** The client has gone. Calling it again does nothing. */
  leave(): void {
    this.#end("peer closed");
  }

  flush(): void {
    if (this.#session && this.#writer.link.writable) this.#plays.flush();
  }

  fail(error: unknown): void {
    this.#guard.fail(error);
  }

  sweep(nowMs: number): void {
    this.#guard.run(() => {
      if (this.#writer.hasStalled(nowMs)) this.#end("stalled");
      else if (!this.#output && !this.#stream?.live && nowMs >= this.#waitUntilMs)
        this.#end("STREAM_NOT_PUBLISHED");
    });
  }

  #play({ attempt, session }: AllowedRequest, requests: Requests): Denial | undefined {
    const { key, grants } = attempt;
    const { framing } = this.#request;
    const outcome = this.#plays.play(key, { messageStreamId: 0, framing }, grants.pullFrom);
    if (typeof outcome === "string") {
      const denial = deny("NetStream.Play.Failed", outcome);
      session.refused(outcome);
      requests.refused(session, key, "play", denial);
      return denial;
    }
    const { stream, playback } = outcome;
    this.#session = session;
    this.#stream = stream;
    this.#waitUntilMs = this.#context.now() + PUBLISHER_WAIT_MS;
    this.#context.sweep.add(this);
    this.#logBegin(attempt);
    session.begin("play", attempt, { stream, playback });
    this.#plays.enter(outcome);
    return undefined;
  }

  /** What is written first begins the reply: its status depends on whether there is anything. */
  #lazyOutput(): MediaOutput {
    const { remoteAddress } = this.#request;
    const output = (): LiveOutput | undefined => this.#output;
    const isOver = (): boolean => this.#endReason !== undefined;
    const begin = (): LiveOutput => this.#begin();
    return {
      remoteAddress,
      get writable() {
        return !isOver() && (output()?.writable ?? true);
      },
      get queuedBytes() {
        return output()?.queuedBytes ?? 0;
      },
      write: (bytes) => (output() ?? begin()).write(bytes),
    };
  }

  #begin(): LiveOutput {
    const output = this.#request.begin(this.#stream!);
    this.#output = output;
    this.#writer.skip(output.bytesSent);
    this.#onBegun(undefined);
    return output;
  }

  #hear(notice: PlaybackNotice): void {
    if (notice === "unpublished") this.#end(this.#output ? "stream ended" : "STREAM_NOT_PUBLISHED");
    else if (notice === "dropped") this.#end("lagged");
    else if (notice === "complete") this.#end("stream ended");
  }

  #end(reason: EndReason): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    const session = this.#session;
    this.#context.sweep.delete(this);
    this.#writer.end();
    if (session && this.#stream) {
      const { lagCount } = this.#plays;
      this.#plays.end(0);
      session.end(reason);
      this.#logEnd(session, this.#stream, { reason, lagged: lagCount });
    }
    if (this.#output) this.#request.onOver(reason === "stream ended");
    else this.#onBegun(isRefusal(reason) ? this.#denial(reason) : undefined);
  }

  #denial(reason: RefusalCode): Denial {
    const { refusals } = this.#context;
    refusals.add(reason);
    return deny("NetStream.Play.Failed", reason);
  }

  #logBegin({ key, grants: { identity }, renamedFrom }: StreamAttempt): void {
    const { client } = this.#request;
    const waiting = this.#stream?.live === false;
    const facts = { client: client.slice(0, 64), identity, ...(waiting && { waiting }) };
    const names = { stream: shortenedPath(key.path), renamedFrom: renamedFrom && shortenedPath(renamedFrom) };
    this.#context.log.info({ ...this.#fields, ...names, ...facts }, "playing");
  }

  #logEnd(
    { startedMs, bytesSent }: RequestSession,
    { key }: Stream,
    { reason, lagged }: { readonly reason: EndReason; readonly lagged: number },
  ): void {
    const durationMs = Math.round(this.#context.now() - startedMs);
    const facts = { reason, description: wordsFor(reason), bytesSent, durationMs, lagged };
    const stream = shortenedPath(key.path);
    this.#context.log.info({ ...this.#fields, role: "viewer", stream, ...facts }, "session ended");
  }

  get #fields(): object {
    const { transport, remoteAddress, remotePort } = this.#request;
    return { session: this.#session?.id, transport, remoteAddress, remotePort };
  }
}
