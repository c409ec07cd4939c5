import type { StreamKey } from "@headgate/bus";
import type { Gateway, Publication } from "@headgate/gateway";
import { dataMessage, playStatus } from "@headgate/session";
import { Guard } from "@headgate/transport";
import type { Logger } from "pino";
import { ChannelClock } from "./channel-clock.ts";
import type { PlaylistList, PlaylistOptions } from "./config.ts";
import type { Output } from "./item-player.ts";
import { LATE_MS, MAX_LOOK_MS, OPEN_AHEAD_MS, REST_MS } from "./limits.ts";
import { ListRun, type Played, type PlaylistCounts, type Stage } from "./list-run.ts";
import { openItem } from "./open-item.ts";
import { nextChangeMs, onAirAt } from "./schedule.ts";
import { type Medium, Splicer } from "./splicer.ts";

export interface ChannelContext {
  readonly gateway: Pick<Gateway, "publish" | "read" | "openRecording" | "faults">;
  /** Items of all playlists. */
  readonly counts: PlaylistCounts;
  readonly log: Logger;
  /** Milliseconds of a clock that never runs backward. */
  readonly now: () => number;
}

/** The list that is to be on, and since when by its schedule. Milliseconds since 1970. */
interface Wanted {
  readonly list: PlaylistList;
  readonly sinceMs: number | undefined;
}

/** The list that takes over next, whose first item is being opened. */
interface Upcoming extends Wanted {
  readonly run: ListRun;
}

interface PublishedOutput extends Output {
  readonly publication: Publication;
  readonly codecs: Map<Medium, string>;
}

/** One playlist, which publishes its stream while a list is on. */
export class Channel {
  readonly #context: ChannelContext;
  readonly #key: StreamKey;
  readonly #log: Logger;
  readonly #guard: Guard;
  readonly #onTimer: () => void;
  #options: PlaylistOptions;
  #output: PublishedOutput | undefined;
  /** The list that is on, or was until its end. */
  #wanted: Wanted | undefined;
  /** It, until its end. */
  #run: ListRun | undefined;
  /** What is sent: the list before it until it is known where the next one begins. */
  #playing: ListRun | undefined;
  #upcoming: Upcoming | undefined;
  #hasToldOfRefusal = false;
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  constructor(context: ChannelContext, key: StreamKey, options: PlaylistOptions) {
    this.#context = context;
    this.#key = key;
    this.#options = options;
    this.#log = context.log.child({ playlist: key.path });
    this.#guard = new Guard(context.gateway.faults, "task", () => this.#startOver());
    this.#onTimer = this.#guard.entry(() => this.#look());
  }

  /** Whether an item is on, or about to be. */
  get isPlaying(): boolean {
    return this.#playing !== undefined && !this.#playing.isResting;
  }

  start(): void {
    this.#guard.run(() => this.#look());
  }

  /** Plays something else from now on, in the same stream. */
  change(options: PlaylistOptions): void {
    this.#guard.run(() => {
      this.#options = options;
      this.#forgetUpcoming();
      this.#look();
    });
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#forgetUpcoming();
    this.#stop();
  }

  /** Has that list on which is to be on now, and looks again in time for the next one. */
  #look(): void {
    clearTimeout(this.#timer);
    if (this.#isEnded) return;
    const wallMs = Date.now();
    const before = this.#wanted;
    this.#wanted = this.#wantedAt(wallMs);
    const isOther = this.#wanted?.list !== before?.list || this.#wanted?.sinceMs !== before?.sinceMs;
    if (isOther && this.#wanted) this.#begin(this.#wanted, wallMs);
    else if (isOther) this.#stop();
    if (this.#options.schedule.length > 0) this.#awaitNext(wallMs);
  }

  #wantedAt(wallMs: number): Wanted | undefined {
    const { schedule } = this.#options;
    return schedule.length === 0 ? { list: this.#options, sinceMs: undefined } : onAirAt(schedule, wallMs);
  }

  #awaitNext(wallMs: number): void {
    const nextMs = nextChangeMs(this.#options.schedule, wallMs);
    const leftMs = nextMs - wallMs;
    if (leftMs > OPEN_AHEAD_MS) return this.#lookIn(Math.min(leftMs - OPEN_AHEAD_MS, MAX_LOOK_MS));
    if (this.#upcoming?.sinceMs !== nextMs) {
      this.#forgetUpcoming();
      const next = onAirAt(this.#options.schedule, nextMs)!;
      this.#upcoming = { ...next, run: this.#newRun(next.list) };
      this.#upcoming.run.prepare();
    }
    this.#lookIn(leftMs);
  }

  #begin({ list, sinceMs }: Wanted, wallMs: number): void {
    if (this.#run !== this.#playing) this.#run?.stop();
    const upcoming = this.#upcoming;
    const isPrepared = upcoming?.list === list && upcoming.sinceMs === sinceMs;
    const run = isPrepared ? upcoming.run : this.#newRun(list);
    if (isPrepared) this.#upcoming = undefined;
    this.#run = run;
    const lateMs = wallMs - (sinceMs ?? wallMs);
    const running = run.run(lateMs < LATE_MS ? 0 : lateMs, () => this.#takeOver(run, list));
    this.#guard.settle(running, (outcome) => this.#onOver(run, outcome));
  }

  /** Undefined if the stream is not this playlist's to publish. */
  #takeOver(run: ListRun, list: PlaylistList): Stage | undefined {
    const output = this.#publish();
    if (!output) return undefined;
    const before = this.#playing?.played;
    this.#playing?.stop();
    this.#playing = run;
    this.#log.info({ items: list.items.length, loop: list.loop }, "playlist begun");
    return { output, before };
  }

  #onOver(run: ListRun, outcome: "over" | "refused"): void {
    if (this.#run !== run) return;
    if (outcome === "refused") return this.#startOver();
    this.#stop();
    this.#log.info("playlist ended");
  }

  #newRun(list: PlaylistList): ListRun {
    const { gateway, now, counts } = this.#context;
    const opening = {
      gateway,
      key: this.#key,
      faults: gateway.faults,
      onFault: (error: unknown) => this.#guard.fail(error),
    };
    return new ListRun(
      {
        open: (item) => openItem(opening, item),
        now,
        guard: this.#guard,
        log: this.#log,
        counts,
        onBegin: (before) => this.#beginItem(before),
        onBegun: () => this.#noteCodecs(),
      },
      list,
    );
  }

  #publish(): PublishedOutput | undefined {
    if (this.#output?.publication.active) return this.#output;
    const publication = this.#context.gateway.publish(this.#key, { query: "", via: [] });
    if (typeof publication === "string") {
      const line = { code: "PLAYLIST_NOT_PUBLISHED", reason: publication, retryMs: REST_MS };
      this.#log[this.#hasToldOfRefusal ? "debug" : "warn"](line, "playlist cannot be published");
      this.#hasToldOfRefusal = true;
      return undefined;
    }
    this.#hasToldOfRefusal = false;
    publication.onTakenOver = () => this.#guard.run(() => this.#startOver());
    this.#output = {
      publication,
      splicer: new Splicer(),
      clock: new ChannelClock(),
      codecs: new Map(),
    };
    return this.#output;
  }

  /** Players of playlists are told where an item ends (RTMP sequences of `NetStream.Play.Switch`). */
  #beginItem(before: Played | undefined): void {
    const { publication, splicer } = this.#output!;
    if (before) {
      const facts = { duration: before.durationMs / 1_000, bytes: before.bytes };
      const told = dataMessage(0, ["onPlayStatus", playStatus("NetStream.Play.Switch", facts)]);
      publication.data({ ...told, timestamp: splicer.beginMs >>> 0 }, undefined);
    }
    publication.renew();
  }

  #noteCodecs(): void {
    const { publication, codecs } = this.#output!;
    for (const medium of ["video", "audio"] as const) {
      const codec = publication.stream.codecOf(medium);
      const before = codecs.get(medium);
      if (codec === undefined || codec === before) continue;
      codecs.set(medium, codec);
      if (before !== undefined) this.#log.info({ medium, before, codec }, "playlist codec changed");
    }
  }

  /** After a fault, or when another publisher has the stream. */
  #startOver(): void {
    if (this.#isEnded) return;
    this.#stopRuns();
    this.#wanted = undefined;
    this.#lookIn(REST_MS);
  }

  #stop(): void {
    this.#stopRuns();
    const output = this.#output;
    this.#output = undefined;
    output?.publication.end("final");
  }

  #stopRuns(): void {
    this.#run?.stop();
    this.#playing?.stop();
    this.#run = undefined;
    this.#playing = undefined;
  }

  #forgetUpcoming(): void {
    this.#upcoming?.run.stop();
    this.#upcoming = undefined;
  }

  #lookIn(waitMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onTimer, waitMs);
  }
}
