import type { ApplicationOptions } from "./application-options.ts";
import { Applications } from "./applications.ts";
import type { Framing } from "./framing.ts";
import { LivePlayback, type PlaybackOptions } from "./live-playback.ts";
import { LogBudget, type MemoryPressure } from "./log-budget.ts";
import { MessageCursor } from "./message-cursor.ts";
import type { Pinned } from "./pinned.ts";
import { type Publisher, Stream } from "./stream.ts";
import { type KeyRefusal, StreamKey, type StreamNames } from "./stream-key.ts";

export interface BusOptions {
  /** By name; `*` stands for every other name, and without it other names are refused. */
  readonly applications: ReadonlyMap<string, ApplicationOptions>;
  /** How every stream's first log is written. */
  readonly framing: Framing;
  /** Streams with a publisher. */
  readonly maxStreams: number;
  /** Streams that wait for one. */
  readonly maxWaitingStreams: number;
  readonly maxLogBytes: number;
}

/** Why a stream is not to be had. */
export type Refusal = KeyRefusal | "ALREADY_PUBLISHED" | "STREAMS_EXCEEDED" | "WAITING_STREAMS_EXCEEDED";

export type PublishOutcome =
  | { readonly publisher: Publisher; readonly displaced: Publisher | undefined }
  | { readonly refusal: Refusal };

export interface PublishOptions {
  /** Whether it takes over from another publisher, whatever the application's policy is; undefined: as that says. */
  readonly takesOver?: boolean | undefined;
  /** Another process of this server publishes the stream, and has counted it: there is room for it. */
  readonly isInternal?: boolean;
}

export type PlayOutcome = { readonly playback: LivePlayback } | { readonly refusal: Refusal };

/** Where publishers and viewers of all transports meet: the streams of a process, by their paths. */
export class Bus {
  readonly applications: Applications<ApplicationOptions>;
  readonly #options: BusOptions;
  readonly #streams = new Map<string, Stream>();
  readonly #published = new Set<Stream>();
  /** Those that another process of the server publishes, which counts them. */
  readonly #internal = new Set<Stream>();
  readonly #budget: LogBudget;

  constructor(options: BusOptions) {
    this.#options = options;
    this.applications = new Applications(options.applications);
    this.#budget = new LogBudget(options.maxLogBytes);
  }

  get streams(): ReadonlyMap<string, Stream> {
    return this.#streams;
  }

  /** What all stream logs may have together, in bytes. */
  set maxLogBytes(bytes: number) {
    this.#budget.maxBytes = bytes;
  }

  /** How many streams have no publisher: they have viewers that wait for one. */
  get waitingStreams(): number {
    return this.#streams.size - this.#published.size;
  }

  /** The size of all stream logs together, in bytes. */
  get logBytes(): number {
    return this.#budget.bytes;
  }

  /** How much of the memory cannot be dropped, such as bytes on their way to viewers that do not read. */
  get memoryPressure(): MemoryPressure {
    return this.#budget.pressure;
  }

  /** Memory beside the logs that is held until it is unpinned. */
  hold(bytes: number): Pinned {
    return this.#budget.hold(bytes);
  }

  /** Which stream a client means. */
  keyOf(names: StreamNames): StreamKey | KeyRefusal {
    return StreamKey.of(names, this.applications);
  }

  publish(key: StreamKey, { takesOver, isInternal = false }: PublishOptions = {}): PublishOutcome {
    const known = this.#streams.get(key.path);
    const displaced = known?.publisher;
    const hasPlace = isInternal || (known && displaced && !this.#internal.has(known));
    const hasRoom = hasPlace || this.#published.size - this.#internal.size < this.#options.maxStreams;
    const stream = this.#stream(key, hasRoom ? undefined : "STREAMS_EXCEEDED");
    if (typeof stream === "string") return { refusal: stream };
    // The application may have another policy by now than when the stream began.
    const { publisherPolicy } = this.applications.optionsOf(key) ?? stream.options;
    const mayTakeOver = takesOver ?? publisherPolicy === "takeover";
    if (displaced && !mayTakeOver) return { refusal: "ALREADY_PUBLISHED" };
    this.#published.add(stream);
    if (isInternal) this.#internal.add(stream);
    else this.#internal.delete(stream);
    return { publisher: stream.publish(), displaced };
  }

  /** A stream without a publisher can be played: the viewer waits for one. */
  play(key: StreamKey, options: PlaybackOptions, nowMs: number): PlayOutcome {
    const stream = this.#playable(key);
    if (typeof stream === "string") return { refusal: stream };
    return { playback: new LivePlayback(stream, options, nowMs) };
  }

  /** The same for a reader that takes messages. */
  read(key: StreamKey, nowMs: number): MessageCursor | Refusal {
    const stream = this.#playable(key);
    return typeof stream === "string" ? stream : new MessageCursor(stream, nowMs);
  }

  /** Ends the wait for publishers that have not come back in time. Returns the streams whose viewers must be told. */
  expire(nowMs: number): Stream[] {
    const ended: Stream[] = [];
    for (const stream of this.#streams.values()) {
      if (stream.resumeUntilMs === undefined || stream.resumeUntilMs > nowMs) continue;
      stream.endResume();
      ended.push(stream);
      this.release(stream);
    }
    return ended;
  }

  /**
   * Forgets a stream that has neither publisher nor viewers. Call it when one of them has gone; if the stream has been
   * forgotten before, another one may have its name by now and is left alone. The wait for a publisher ends when the last
   * viewer leaves, or when too many streams wait.
   */
  release(stream: Stream): void {
    if (stream.publisher) return;
    const { path } = stream.key;
    this.#published.delete(stream);
    this.#internal.delete(stream);
    if (stream.viewers.size > 0) {
      if (this.#waitingStreamsLeft < 0) stream.endResume();
      return;
    }
    if (this.#streams.get(path) !== stream) return;
    this.#streams.delete(path);
    stream.close();
  }

  #playable(key: StreamKey): Stream | Refusal {
    const hasRoom = this.#streams.has(key.path) || this.#waitingStreamsLeft > 0;
    return this.#stream(key, hasRoom ? undefined : "WAITING_STREAMS_EXCEEDED");
  }

  get #waitingStreamsLeft(): number {
    return this.#options.maxWaitingStreams - this.waitingStreams;
  }

  /** The stream of that name, or a new one, unless there is a reason why there cannot be one. */
  #stream(key: StreamKey, refusal: Refusal | undefined): Stream | Refusal {
    const known = this.#streams.get(key.path);
    if (known) return refusal ?? known;
    const options = this.applications.optionsOf(key);
    if (!options) return "APPLICATION_UNKNOWN";
    if (refusal) return refusal;
    const stream = new Stream(key, options, this.#options.framing, this.#budget);
    this.#streams.set(key.path, stream);
    return stream;
  }
}
