import type { ProtocolErrorCode } from "@headgate/bytes";
import type { Swept } from "@headgate/driver";
import { type Message, MessageType } from "@headgate/message";
import { readData } from "@headgate/session";
import { Guard } from "@headgate/transport";
import type { GatewayContext } from "./context.ts";
import { type EndReason, wordsFor } from "./end-reasons.ts";
import { PeerPublications } from "./peer-publications.ts";
import type { PlayerRequest } from "./player-request.ts";
import { type Denial, deny } from "./policy.ts";
import { PresenceCheck } from "./presence-check.ts";
import type { RequestSession } from "./request-session.ts";
import type { AllowedRequest, Requests } from "./requests.ts";
import { StreamLines, shortenedPath } from "./stream-lines.ts";

/** What a request has in place of a NetStream. */
const NET_STREAM_ID = 0;

/** A request over HTTP that publishes a live stream. */
export interface PublishingRequest extends Omit<PlayerRequest, "onKicked"> {
  readonly bytesReceived: () => number;
  /** Whether the client has gone. */
  readonly isGone: () => boolean;
  /** The server ends it: the client is to be told why. Not called after `leave`. */
  readonly onOver: (reason: EndReason, description: string) => void;
}

/** A publisher over HTTP, from the verdict of the policies to the end of its request. */
export class LivePublisher implements Swept {
  readonly kind = "publisher";
  readonly #context: GatewayContext;
  readonly #request: PublishingRequest;
  readonly #guard: Guard;
  readonly #presence: PresenceCheck;
  readonly #silenceMs: number;
  #heardMs: number;
  #session: RequestSession | undefined;
  #publications: PeerPublications | undefined;
  #path = "";
  #isOver = false;

  constructor(context: GatewayContext, request: PublishingRequest) {
    const { pingIntervalMs, pingTimeoutMs } = context.options.timeouts;
    this.#context = context;
    this.#request = request;
    this.#silenceMs = pingIntervalMs + pingTimeoutMs;
    this.#heardMs = context.now();
    this.#guard = new Guard(context.faults, "session", () => this.#end("internal error"));
    const heardMs = (): number => this.#heardMs;
    this.#presence = new PresenceCheck({
      get heardMs() {
        return heardMs();
      },
      // HTTP has no question for a client that sends.
      ping: () => {},
      abandon: () => this.#end("ping timeout"),
    });
  }

  /** The longest message that it may send. Bytes. */
  get maxMessageBytes(): number {
    return this.#context.options.limits.maxMessageBytes;
  }

  /** Asks the policies, and then for the stream. */
  async ask(requests: Requests): Promise<Denial | undefined> {
    const onKicked = (reason: EndReason, description: string): void => this.#end(reason, description);
    const allowed = await requests.ask({ ...this.#request, onKicked }, "publish");
    if (allowed.kind === "deny") return allowed;
    if (this.#request.isGone()) {
      allowed.session.end();
      return undefined;
    }
    return this.#publish(allowed, requests);
  }

  /** Something has come, if only a part of a message. */
  heard(bytes: number): void {
    this.#heardMs = this.#context.now();
    this.#context.traffic.receivedBytes += bytes;
  }

  /** Takes a message. The memory of its payload may be used again once the call has returned. */
  receive(message: Message): void {
    const publications = this.#publications;
    if (this.#isOver || !publications) return;
    if (message.type === MessageType.audio || message.type === MessageType.video)
      publications.media({ kind: "media", netStreamId: NET_STREAM_ID, message });
    else this.#receiveData(publications, message);
  }

  /** The client has ended its stream, is gone, or has broken the format by this code. Calling it again does nothing. */
  leave(reason: "peer closed" | ProtocolErrorCode = "peer closed"): void {
    this.#finish(reason);
  }

  sweep(nowMs: number): void {
    this.#guard.run(() => {
      this.#presence.sweep(nowMs);
      if (nowMs - this.#heardMs >= this.#silenceMs) this.#end("ping timeout");
    });
  }

  #publish({ attempt, session }: AllowedRequest, requests: Requests): Denial | undefined {
    const { key, grants, renamedFrom } = attempt;
    const { streams, log } = this.#context;
    const { query, remoteAddress, remotePort, transport, client } = this.#request;
    const takeover = streams.isPublished(key.path);
    const source = { query, via: [], type: "live", remoteAddress, session, grants } as const;
    const outcome = streams.publish(key, source);
    if (typeof outcome === "string") {
      const denial = deny("NetStream.Publish.BadName", outcome);
      session.refused(outcome);
      requests.refused(session, key, "publish", denial);
      return denial;
    }
    this.#session = session;
    this.#path = key.path;
    const lines = new StreamLines(log.child({ session: session.id, transport, remoteAddress, remotePort }));
    const { identity } = grants;
    lines.tell(
      "info",
      { stream: key.path, renamedFrom, identity, takeover, client: client.slice(0, 64) },
      "publishing",
    );
    const publications = new PeerPublications(this.#context, lines);
    publications.begin(NET_STREAM_ID, outcome);
    this.#publications = publications;
    outcome.onTakenOver = () => this.#guard.run(() => this.#end("taken over"));
    outcome.confirm = () => this.#presence.ask(this.#context.now());
    this.#context.sweep.add(this);
    session.begin("publish", attempt, { type: "live", stream: outcome.stream });
    return undefined;
  }

  #receiveData(publications: PeerPublications, message: Message): void {
    if (message.type !== MessageType.dataAmf0 && message.type !== MessageType.dataAmf3) return;
    const data = readData(message, this.#context.connectionOptions.limits.session.amf);
    if (data?.kind === "relay") {
      const { message: relayed, retain } = data;
      publications.data({ kind: "data", netStreamId: NET_STREAM_ID, message: relayed, retain });
    } else if (data)
      publications.clearData({ kind: "dataCleared", netStreamId: NET_STREAM_ID, handler: data.handler });
  }

  /** The server ends it. */
  #end(reason: EndReason, description: string = wordsFor(reason) ?? reason): void {
    if (!this.#finish(reason)) return;
    this.#request.onOver(reason, description);
  }

  /** Returns whether it was there. */
  #finish(reason: string): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    const session = this.#session;
    this.#context.sweep.delete(this);
    this.#publications?.end(NET_STREAM_ID);
    this.#presence.end();
    session?.end(reason);
    if (session) this.#logEnd(session, reason);
    return true;
  }

  #logEnd({ id, transport, remoteAddress, remotePort, startedMs }: RequestSession, reason: string): void {
    const durationMs = Math.round(this.#context.now() - startedMs);
    const facts = {
      reason,
      description: wordsFor(reason),
      bytesReceived: this.#request.bytesReceived(),
      durationMs,
    };
    const stream = shortenedPath(this.#path);
    this.#context.log.info(
      { session: id, transport, remoteAddress, remotePort, role: "publisher", stream, ...facts },
      "session ended",
    );
  }
}
