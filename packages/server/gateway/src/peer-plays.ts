import {
  LivePlayback,
  PacedPlayback,
  type PacedPlaybackOptions,
  type PlaybackNotice,
  type PlaybackOptions,
  type Refusal,
  type StreamKey,
} from "@headgate/bus";
import type { Peer } from "@headgate/driver";
import { Allowance } from "./allowance.ts";
import type { Flushable } from "./audience.ts";
import type { GatewayContext } from "./context.ts";
import { DEFAULT_MAX_AHEAD_MS, type Recorded } from "./play-source.ts";
import { RecordedPlay } from "./recorded-play.ts";
import type { Subscription } from "./subscription.ts";
import type { PeerPlay } from "./waiting-streams.ts";

/** After this much a connection waits for its next turn: enciphering so many bytes takes a third of a millisecond. */
const MAX_FLUSH_EFFORT = 256 * 1024;

/**
 * A connection that plays more streams than this is not flushed in rounds: six hundred that play 32 each, and want nothing of
 * them, would make every round wait for 20,000 looks.
 */
const MAX_PLAYS_IN_ROUND = 4;

/**
 * How many streams without a publisher one connection may ask for at once, and then per second: a video wall asks for a few
 * dozen and asks again. Each may be a connection to an origin.
 */
const MAX_WAITS_AT_ONCE = 64;
const MAX_WAITS_PER_SECOND = 8;

/** A live stream or a recording that the peer plays. */
export type PeerPlayed = Subscription | RecordedPlay;

/** What a player asks of a recording. */
type RecordedOptions = Pick<
  PacedPlaybackOptions,
  "messageStreamId" | "startMs" | "durationMs" | "continuesAtMs" | "isAtOnce" | "keepsTime"
>;

/** What plays are sent to: a peer, or what a player over HTTP gets. */
interface PlayingPeer extends Pick<Peer, "isInternal" | "send"> {
  readonly link: Pick<Peer["link"], "remoteAddress" | "writable">;
}

export interface PeerPlaysParts {
  readonly context: GatewayContext;
  readonly peer: PlayingPeer;
  /** What is flushed when there is more to write. */
  readonly reader: Flushable;
  /** The gateways between the player and this one. */
  readonly via: readonly string[];
  /** What the player is told at this place in what it plays. */
  onNotice(played: PeerPlayed, notice: PlaybackNotice): void;
  /** The stream is given up in favour of others that are waited for. Called because of another viewer. */
  onGivenUp(subscription: Subscription): void;
}

/** What one connection plays, by NetStream. */
export class PeerPlays {
  readonly #parts: PeerPlaysParts;
  /** A few at most. The first is the next to be written. */
  readonly #subscriptions: PeerPlayed[] = [];
  /** For the streams without a publisher, which are counted by the address of the peer. */
  readonly #counted = new Map<PeerPlayed, PeerPlay>();
  readonly #waitAllowance = new Allowance(MAX_WAITS_AT_ONCE, MAX_WAITS_PER_SECOND);
  /** How often those that have left since had lagged. */
  #lagCount = 0;
  /** By the address for which each is counted: those besides the first. */
  readonly #further: string[] = [];
  /** Whether there was more to send than the Link has taken. */
  #isBehind = false;

  constructor(parts: PeerPlaysParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#subscriptions.length;
  }

  get isTooManyForRound(): boolean {
    return this.#subscriptions.length > MAX_PLAYS_IN_ROUND;
  }

  /** How often this connection's viewers have lagged. */
  get lagCount(): number {
    return this.#subscriptions.reduce((sum, { playback }) => sum + playback.lagCount, this.#lagCount);
  }

  /** How long the oldest message has waited that was not written. Milliseconds. */
  behindMs(nowMs: number): number {
    return Math.max(...this.#subscriptions.map(({ playback }) => playback.behindMs(nowMs)));
  }

  get all(): readonly PeerPlayed[] {
    return [...this.#subscriptions];
  }

  on(netStreamId: number): PeerPlayed | undefined {
    return this.#subscriptions.find((each) => each.netStreamId === netStreamId);
  }

  play(
    key: StreamKey,
    options: PlaybackOptions,
    pullFrom?: string,
  ): Subscription | Refusal | "PLAYS_EXCEEDED" {
    if (this.size > 0 && !this.#countFurther()) return "PLAYS_EXCEEDED";
    const outcome = this.#joined(key, options, pullFrom);
    if (typeof outcome === "string") this.#leaveFurther(this.size);
    else this.#subscriptions.push(outcome);
    return outcome;
  }

  playRecorded(
    key: StreamKey,
    recorded: Recorded,
    options: RecordedOptions,
  ): RecordedPlay | "PLAYS_EXCEEDED" {
    if (this.size > 0 && !this.#countFurther()) {
      recorded.messages.close();
      return "PLAYS_EXCEEDED";
    }
    const isPast = recorded.firstMs !== undefined;
    const play = new RecordedPlay(key, options.messageStreamId, this.#paced(recorded, options), { isPast });
    this.#subscriptions.push(play);
    this.#parts.context.fanOut.wake(this.#parts.reader);
    return play;
  }

  /** Turns the player of a live stream to what was recorded of it. The live stream waits. */
  turnToPast(live: Subscription, recorded: Recorded, startMs: number): RecordedPlay {
    const { key, netStreamId, playback } = live;
    const options = { messageStreamId: netStreamId, startMs, keepsTime: true };
    const play = new RecordedPlay(key, netStreamId, this.#paced(recorded, options), { isPast: true, live });
    const nowMs = this.#parts.context.now();
    const isPaused = playback instanceof LivePlayback && playback.isPaused;
    (isPaused ? play.playback : playback).pause(true, nowMs, startMs);
    this.#replace(live, play);
    return play;
  }

  /** Turns it back. */
  turnToLive(play: RecordedPlay, live: Subscription): void {
    if (!play.playback.isPaused) live.playback.pause(false, this.#parts.context.now(), 0);
    play.playback.leave();
    this.#replace(play, live);
  }

  #replace(played: PeerPlayed, other: PeerPlayed): void {
    this.#subscriptions[this.#subscriptions.indexOf(played)] = other;
    this.#parts.context.fanOut.wake(this.#parts.reader);
  }

  #paced({ messages, maxAheadMs = DEFAULT_MAX_AHEAD_MS }: Recorded, options: RecordedOptions): PacedPlayback {
    const { context, reader } = this.#parts;
    const onReady = (): void => context.fanOut.wake(reader);
    const all = { ...context.recordedOutput, ...options, maxAheadMs, onReady };
    return new PacedPlayback(messages, all, context.now());
  }

  #joined(key: StreamKey, options: PlaybackOptions, pullFrom?: string): Subscription | Refusal {
    const { context, peer, reader, via } = this.#parts;
    const { streams, waiting, now } = context;
    const isLive = streams.bus.streams.get(key.path)?.live === true;
    const mayWait = isLive || peer.isInternal || this.#waitAllowance.take(now());
    if (!mayWait) return "WAITING_STREAMS_EXCEEDED";
    const outcome = streams.play(key, options, reader, via, pullFrom);
    if (outcome !== "WAITING_STREAMS_EXCEEDED") return outcome;
    waiting.makeRoom();
    return streams.play(key, options, reader, via, pullFrom);
  }

  /** Counts it among the viewers of its address that wait for a publisher. It may be given up at once. */
  enter(subscription: Subscription): void {
    const remoteAddress = this.#countedAddress;
    if (remoteAddress === undefined) return;
    const { context, onGivenUp } = this.#parts;
    const giveUp = (): void => {
      if (this.#counted.has(subscription)) onGivenUp(subscription);
    };
    const play = { stream: subscription.stream, remoteAddress, giveUp };
    this.#counted.set(subscription, play);
    context.waiting.enter(play);
  }

  /** The publisher of one of the streams is gone, and the player was told. */
  limitWaits(): void {
    const remoteAddress = this.#countedAddress;
    if (remoteAddress !== undefined) this.#parts.context.waiting.limit(remoteAddress);
  }

  end(netStreamId: number): void {
    const subscription = this.on(netStreamId);
    if (!subscription) return;
    this.#subscriptions.splice(this.#subscriptions.indexOf(subscription), 1);
    this.#lagCount += subscription.playback.lagCount;
    const counted = (subscription instanceof RecordedPlay && subscription.live) || subscription;
    const play = this.#counted.get(counted);
    this.#counted.delete(counted);
    if (play) this.#parts.context.waiting.leave(play);
    this.#leaveFurther(this.size);
    if (this.size === 0) this.#noteBehind(false);
    subscription.leave();
    if (subscription instanceof RecordedPlay) this.#wakeLater();
  }

  /** Has this connection woken when the next message of a recording is due. */
  #wakeLater(): void {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const { playback } of this.#subscriptions) dueMs = Math.min(dueMs, playback.nextDueMs);
    this.#parts.context.fanOut.wakeAt(this.#parts.reader, dueMs);
  }

  /** Whether there may be one more besides the first. */
  #countFurther(): boolean {
    const address = this.#countedAddress;
    if (address === undefined) return true;
    if (this.#parts.context.furtherPlays.enter(address)) return false;
    this.#further.push(address);
    return true;
  }

  /** Gives back what is counted beyond so many plays. */
  #leaveFurther(plays: number): void {
    while (this.#further.length > Math.max(0, plays - 1))
      this.#parts.context.furtherPlays.leave(this.#further.pop()!);
  }

  /**
   * Sends what is new, for as long as the Link takes it, and with about MAX_FLUSH_EFFORT at most. Returns whether the player was
   * sent a notice, which then waits in the NetConnection.
   */
  flush(): boolean {
    const { context, peer, reader, onNotice } = this.#parts;
    let told = false;
    let isBehind = false;
    let left = MAX_FLUSH_EFFORT;
    let dueMs = Number.POSITIVE_INFINITY;
    const nowMs = context.now();
    for (const subscription of this.#subscriptions) {
      const outcome = this.#send(subscription, left, nowMs);
      if (typeof outcome === "number") {
        left -= outcome;
      } else {
        onNotice(subscription, outcome);
        told = true;
      }
      dueMs = Math.min(dueMs, subscription.playback.nextDueMs);
      if (peer.link.writable && left > 0) continue;
      isBehind = true;
      this.#moveToEnd(subscription);
      break;
    }
    this.#noteBehind(isBehind && this.size > 0);
    if (told || left <= 0) context.fanOut.wake(reader);
    else if (dueMs !== Number.POSITIVE_INFINITY && peer.link.writable) context.fanOut.wakeAt(reader, dueMs);
    return told;
  }

  /** For another process of this server nothing is counted: it counts what its own peers are sent. */
  #send(played: PeerPlayed, maxEffort: number, nowMs: number): number | PlaybackNotice {
    const { playback, stream } = played;
    const { context, peer } = this.#parts;
    if (peer.isInternal) return peer.send(playback, maxEffort, nowMs);
    const { traffic, viewerLag, writingEffort } = context;
    const { sentBytes } = traffic;
    const { lagCount, copiedEntries } = playback;
    const outcome = peer.send(playback, maxEffort, nowMs);
    const bytes = traffic.sentBytes - sentBytes;
    if (stream) stream.sentBytes += bytes;
    viewerLag.drops += playback.lagCount - lagCount;
    const isInRounds = stream !== undefined && !this.isTooManyForRound;
    writingEffort.add(bytes, playback.copiedEntries - copiedEntries, isInRounds);
    return outcome;
  }

  #noteBehind(isBehind: boolean): void {
    const { context, peer } = this.#parts;
    if (isBehind === this.#isBehind || peer.isInternal) return;
    this.#isBehind = isBehind;
    if (isBehind) context.viewerLag.fellBehind(this);
    else context.viewerLag.caughtUp(this);
  }

  /** Undefined for another process of this server, which asks on behalf of its own peers. */
  get #countedAddress(): string | undefined {
    const { isInternal, link } = this.#parts.peer;
    return isInternal ? undefined : link.remoteAddress;
  }

  /** On a slow connection the streams take turns: the one that has filled the Link is written last next time. */
  #moveToEnd(subscription: PeerPlayed): void {
    const place = this.#subscriptions.indexOf(subscription);
    if (place >= 0) this.#subscriptions.push(...this.#subscriptions.splice(place, 1));
  }
}
