import { type KeyRefusal, levelsOf, type PlaybackNotice, type StreamKey } from "@headgate/bus";
import type { Peer } from "@headgate/driver";
import type { ConnectRequest, NetConnection, StatusCode } from "@headgate/session";
import { Guard } from "@headgate/transport";
import type { Logger } from "pino";
import { answerPlayer, type PlayerEvent } from "./answer-player.ts";
import type { Flushable } from "./audience.ts";
import type { GatewayContext } from "./context.ts";
import type { EventOf, NetStreamEvent } from "./net-stream-event.ts";
import { type PeerPlayed, PeerPlays } from "./peer-plays.ts";
import { PeerPublications } from "./peer-publications.ts";
import type { PeerSession } from "./peer-session.ts";
import type { FoundPast, Recorded } from "./play-source.ts";
import { type Denial, deny, type StreamAttempt } from "./policy.ts";
import type { Publication } from "./publication.ts";
import { RecordedPlay } from "./recorded-play.ts";
import type { RefusalCode } from "./refusals.ts";
import type { Reservations } from "./reservations.ts";
import type { StreamUse } from "./session.ts";
import { type StreamLine, StreamLines, shortenedPath } from "./stream-lines.ts";
import { type ShiftEvent, TimeShift } from "./time-shift.ts";

/** For the log. */
export interface SessionRole {
  readonly role: "publisher" | "viewer";
  readonly stream: string;
}

/** What is kept of `connect`: with its names the paths of streams begin, and `via` lists the gateways on the way. */
export type ConnectNames = Pick<ConnectRequest, "virtualHost" | "application" | "via">;

/** The connection that publishes and plays. */
export interface PeerStreamsOwner extends Flushable {
  readonly session: PeerSession;
  /** Makes sure that the peer is there, or ends it. Undefined if it certainly is. */
  confirmPresence(): Promise<void> | undefined;
  /** Another publisher has taken over one of its streams, and the peer was told. */
  takenOver(): void;
  /** Runs work whose errors end this connection, and sends the session's replies. */
  guard(work: () => void): void;
}

export type StreamRequestId = Pick<
  EventOf<"publishRequested" | "playRequested" | "switchRequested">,
  "kind" | "netStreamId"
>;

/** The streams one connection publishes and plays: acts on the bus, and answers the peer through its NetConnection. */
export class PeerStreams {
  readonly #context: GatewayContext;
  readonly #peer: Peer;
  readonly #owner: PeerStreamsOwner;
  readonly #names: ConnectNames;
  readonly #lines: StreamLines;
  readonly #publications: PeerPublications;
  readonly #plays: PeerPlays;
  readonly #timeShift: TimeShift;
  /** What policies have set aside for what is published and played, by NetStream. */
  readonly #reservations = new Map<number, Reservations>();
  #refusedMs: number | undefined;
  #role: SessionRole | undefined;

  constructor(
    context: GatewayContext,
    peer: Peer,
    owner: PeerStreamsOwner,
    names: ConnectNames,
    log: Logger,
  ) {
    this.#context = context;
    this.#peer = peer;
    this.#owner = owner;
    this.#names = names;
    this.#lines = new StreamLines(log);
    this.#publications = new PeerPublications(context, this.#lines);
    this.#plays = new PeerPlays({
      context,
      peer,
      reader: owner,
      via: names.via,
      onNotice: (played, notice) => this.#tell(played, notice),
      onGivenUp: (subscription) => this.#owner.guard(() => this.#giveUp(subscription)),
    });
    this.#timeShift = new TimeShift(context, this.#plays, peer.session);
  }

  get #session(): NetConnection {
    return this.#peer.session;
  }

  /** Whether the peer neither publishes nor plays. */
  get isIdle(): boolean {
    return this.#publications.size === 0 && this.#plays.size === 0;
  }

  get playsMany(): boolean {
    return this.#plays.isTooManyForRound;
  }

  /** When a request was refused last; undefined after one was granted. Milliseconds. */
  get refusedMs(): number | undefined {
    return this.#refusedMs;
  }

  /** What the peer has published first, or else played first; undefined if it has done neither. */
  get role(): SessionRole | undefined {
    return this.#role;
  }

  /** How often this connection's viewers have lagged. */
  get lagCount(): number {
    return this.#plays.lagCount;
  }

  /** Until when what the peer sends next may wait to be read: only where no viewer gets it later because of that. */
  inputMayWaitUntilMs(): number | undefined {
    return this.#publications.inputMayWaitUntilMs();
  }

  /** The stream that a name means on this connection. */
  keyOf(name: string): StreamKey | KeyRefusal {
    return this.#context.streams.bus.keyOf({ ...this.#names, name });
  }

  /** For the log: the path that the stream has, or would have if its name were valid. */
  pathOf(name: string): string {
    const key = this.keyOf(name);
    return typeof key === "string" ? levelsOf(`${this.#names.application}/${name}`).join("/") : key.path;
  }

  /** Handles an event of a NetStream that is not a request. */
  handle(event: Exclude<NetStreamEvent, { kind: StreamRequestId["kind"] }>): void {
    switch (event.kind) {
      case "media":
        return this.#publications.media(event);
      case "data":
        return this.#publications.data(event);
      case "dataCleared":
        return this.#publications.clearData(event);
      case "refused":
        return this.#noteRefusal(`${event.request} refused`, {
          stream: this.pathOf(event.name),
          reason: event.reason,
        });
      case "stopped":
        return this.#stop(event.netStreamId);
      default:
        return this.#answerPlayer(event);
    }
  }

  /** What was recorded of a live stream where its player wants to be; undefined if nothing is to be looked for. */
  findPast(event: ShiftEvent): FoundPast | Promise<FoundPast> {
    return this.#peer.isInternal ? undefined : this.#timeShift.find(event);
  }

  /** Gives the player what was found of the past, or else answers as for any stream. */
  shift(event: ShiftEvent, found: FoundPast): void {
    if (found === undefined || !this.#timeShift.answer(event, found)) this.#answerPlayer(event);
    else this.#context.fanOut.wake(this.#owner);
  }

  /** Sends what is new for this connection's viewers. Returns whether one was sent a notice, which then waits in the NetConnection. */
  flush(): boolean {
    return this.#plays.flush();
  }

  /** Ends everything this connection publishes and plays. */
  close(): void {
    const playing = this.#plays.all.map(({ netStreamId }) => netStreamId);
    // A stream that cannot be ended must not stop the others from ending.
    const guard = new Guard(this.#context.faults, "session", () => {});
    for (const netStreamId of [...this.#publications.netStreamIds(), ...playing])
      guard.run(() => this.#stop(netStreamId));
    for (const netStreamId of [...this.#reservations.keys()]) guard.run(() => this.#giveBack(netStreamId));
  }

  publish(
    { netStreamId, stream: { query }, type }: EventOf<"publishRequested">,
    { key, grants, renamedFrom, reservations }: StreamAttempt,
  ): void {
    this.#keep(netStreamId, reservations);
    const takeover = this.#context.streams.isPublished(key.path);
    const outcome = this.#context.streams.publish(key, {
      query,
      via: this.#names.via,
      type,
      // Another process of this server counts its own peers.
      remoteAddress: this.#peer.isInternal ? undefined : this.#peer.link.remoteAddress,
      session: this.#owner.session,
      grants,
    });
    if (typeof outcome === "string") {
      this.#giveBack(netStreamId);
      const denial = deny("NetStream.Publish.BadName", outcome);
      return this.refuse({ kind: "publishRequested", netStreamId }, denial, key.path);
    }
    this.#refusedMs = undefined;
    this.#publications.begin(netStreamId, outcome);
    if (this.#role?.role !== "publisher") this.#role = { role: "publisher", stream: shortenedPath(key.path) };
    outcome.onTakenOver = () => this.#owner.guard(() => this.#takenOver(netStreamId, outcome));
    outcome.confirm = () => this.#owner.confirmPresence();
    const { identity } = grants;
    this.#owner.session.known(identity);
    this.#lines.tell("info", { stream: key.path, renamedFrom, identity, takeover }, "publishing");
    this.#session.netStream(netStreamId)?.acceptPublish();
    const { stream } = outcome;
    this.#begin({ kind: "publish", type, key, stream, netStreamId, query, grants, reservations });
  }

  #takenOver(netStreamId: number, publication: Publication): void {
    if (this.#publications.on(netStreamId) !== publication) return;
    this.#publications.forget(netStreamId);
    this.#giveBack(netStreamId);
    this.#owner.session.end(netStreamId);
    const description = `${publication.stream.key.name} was taken over by another publisher.`;
    this.#session.netStream(netStreamId)?.reject("NetStream.Publish.BadName", description);
    this.#owner.takenOver();
  }

  /** Plays the live stream, or the recording if one was found. */
  play(
    event: EventOf<"playRequested">,
    { key, grants, renamedFrom, reservations }: StreamAttempt,
    recorded?: Recorded,
  ): void {
    const { netStreamId, request } = event;
    this.#keep(netStreamId, reservations);
    const outcome = this.#played(event, key, recorded, grants.pullFrom);
    if (typeof outcome === "string") {
      this.#giveBack(netStreamId);
      return this.#refusePlay(netStreamId, outcome, key.path);
    }
    this.#refusedMs = undefined;
    const waiting = outcome.stream?.live === false;
    this.#role ??= { role: "viewer", stream: shortenedPath(key.path) };
    const { identity } = grants;
    this.#owner.session.known(identity);
    const facts = { ...(waiting && { waiting }), ...(recorded && { recorded: true }) };
    this.#lines.tell("info", { stream: key.path, renamedFrom, identity, ...facts }, "playing");
    this.#session.netStream(netStreamId)?.acceptPlay({ isRecorded: recorded !== undefined });
    const { stream, playback } = outcome;
    const { query } = request.stream;
    this.#begin({ kind: "play", key, stream, playback, netStreamId, query, grants, reservations });
    if (!(outcome instanceof RecordedPlay)) this.#plays.enter(outcome);
  }

  #played(
    { netStreamId, request }: EventOf<"playRequested">,
    key: StreamKey,
    recorded: Recorded | undefined,
    pullFrom: string | undefined,
  ): ReturnType<PeerPlays["play"] | PeerPlays["playRecorded"]> {
    const { start, durationMs, continuesAtMs, atOnce } = request;
    if (!recorded) return this.#plays.play(key, { messageStreamId: netStreamId, durationMs }, pullFrom);
    return this.#plays.playRecorded(key, recorded, {
      messageStreamId: netStreamId,
      startMs: (recorded.firstMs ?? 0) + (typeof start === "number" ? start : 0),
      durationMs,
      continuesAtMs,
      isAtOnce: atOnce,
    });
  }

  /** Switches from one recording to another of the same content. */
  switchTo(
    event: EventOf<"switchRequested">,
    { key, grants, reservations }: StreamAttempt,
    recorded?: Recorded,
  ): void {
    const { netStreamId, request, positionMs } = event;
    const play = this.#plays.on(netStreamId);
    const canSwitch = recorded && play instanceof RecordedPlay;
    if (!canSwitch || !play.playback.switchTo(recorded.messages, positionMs, this.#context.now())) {
      recorded?.messages.close();
      reservations.end();
      return this.refuse(event, deny("NetStream.Play.Failed", "SWITCH_UNSUPPORTED"), key.path);
    }
    this.#lines.tell("info", { stream: key.path, recorded: true, switched: true }, "playing");
    this.#session.netStream(netStreamId)?.acceptSwitch(request.stream.name, positionMs === "fast");
    this.#keep(netStreamId, reservations);
    this.#owner.session.end(netStreamId);
    play.key = key;
    const { playback, stream } = play;
    const { query } = request.stream;
    this.#begin({ kind: "play", key, stream, playback, netStreamId, query, grants, reservations });
    this.#context.fanOut.wake(this.#owner);
  }

  /** What is set aside for a play stays: it counts where it began. */
  switchPlays(key: StreamKey): number | RefusalCode {
    const before = this.#plays.all.filter((play) => play.key.path !== key.path);
    for (const { netStreamId } of before) {
      const outcome = this.#plays.play(key, { messageStreamId: netStreamId });
      if (typeof outcome === "string") return outcome;
      const { grants, reservations } = this.#owner.session.useOn(netStreamId)!;
      this.#reservations.delete(netStreamId);
      this.#stop(netStreamId);
      this.#reservations.set(netStreamId, reservations);
      this.#lines.tell("info", { stream: key.path, switched: true }, "playing");
      this.#session.netStream(netStreamId)?.switchPlay(key.name);
      const { stream, playback } = outcome;
      this.#begin({ kind: "play", key, stream, playback, netStreamId, query: "", grants, reservations });
      this.#plays.enter(outcome);
    }
    return before.length;
  }

  endUse(
    { kind, key, netStreamId }: StreamUse,
    reason: RefusalCode,
    status: StatusCode,
    description: string,
  ): void {
    this.#stop(netStreamId);
    this.#session.netStream(netStreamId)?.reject(status, description);
    this.#noteRefusal(`${kind} ended`, { stream: key.path, reason, description });
  }

  /** Refuses a request, and tells the peer and the log why. */
  refuse(
    { kind, netStreamId }: StreamRequestId,
    { status, description, reason }: Denial,
    path: string,
  ): void {
    const netStream = this.#session.netStream(netStreamId);
    if (kind === "switchRequested") netStream?.rejectSwitch(description);
    else netStream?.reject(status, description);
    this.#noteRefusal(kind === "publishRequested" ? "publish refused" : "play refused", {
      stream: path,
      reason,
      description,
    });
  }

  #refusePlay(netStreamId: number, reason: RefusalCode, path: string): void {
    this.refuse({ kind: "playRequested", netStreamId }, deny("NetStream.Play.Failed", reason), path);
  }

  #noteRefusal(
    what: `${"publish" | "play"} ${"refused" | "ended"}`,
    line: StreamLine & { readonly reason: RefusalCode },
  ): void {
    this.#refusedMs = this.#context.now();
    if (!this.#peer.isInternal) this.#context.refusals.add(line.reason);
    this.#lines.tell("warn", line, what);
  }

  /** There is nothing to answer once the play that the player means has been refused or is over. */
  #answerPlayer(event: PlayerEvent): void {
    const playback = this.#plays.on(event.netStreamId)?.playback;
    const netStream = this.#session.netStream(event.netStreamId);
    if (!playback || !netStream) return;
    answerPlayer(event, playback, netStream, this.#context.now());
    this.#context.fanOut.wake(this.#owner);
  }

  #begin(use: Omit<StreamUse, "startedMs">): void {
    this.#owner.session.begin({ ...use, startedMs: this.#context.now() });
  }

  /** From now on what is set aside is given back whatever becomes of the NetStream. */
  #keep(netStreamId: number, reservations: Reservations): void {
    this.#giveBack(netStreamId);
    this.#reservations.set(netStreamId, reservations);
  }

  #giveBack(netStreamId: number): void {
    this.#reservations.get(netStreamId)?.end();
    this.#reservations.delete(netStreamId);
  }

  #giveUp({ key, netStreamId }: PeerPlayed): void {
    this.#stop(netStreamId);
    this.#refusePlay(netStreamId, "WAITING_STREAMS_EXCEEDED", key.path);
  }

  #stop(netStreamId: number): void {
    this.#publications.end(netStreamId);
    this.#plays.end(netStreamId);
    this.#giveBack(netStreamId);
    this.#owner.session.end(netStreamId);
  }

  #tell(played: PeerPlayed, notice: PlaybackNotice): void {
    const { netStreamId } = played;
    const netStream = this.#session.netStream(netStreamId);
    switch (notice) {
      case "published":
        return netStream?.publishNotify();
      case "unpublished":
        netStream?.unpublishNotify();
        return this.#plays.limitWaits();
      case "switched":
        if (played instanceof RecordedPlay) netStream?.completeSwitch(played.playback.switchTimestamp);
        return;
      default:
        return this.#finish(played, notice);
    }
  }

  /** A recording that has ended stays: its player may go back in it. */
  #finish({ netStreamId, playback }: PeerPlayed, notice: "complete" | "dropped"): void {
    const netStream = this.#session.netStream(netStreamId);
    const { played } = playback;
    if (!played) this.#stop(netStreamId);
    if (notice === "complete") netStream?.completePlay(played);
    else netStream?.reject("NetStream.Play.InsufficientBW", "The connection is too slow for this stream.");
  }
}
