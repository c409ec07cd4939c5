import type { ApplicationOptions } from "./application-options.ts";
import { Applications } from "./applications.ts";
import { LogBudget } from "./log-budget.ts";
import { type Publisher, Stream } from "./stream.ts";
import { type KeyRefusal, StreamKey, type StreamNames } from "./stream-key.ts";
import { Viewer, type ViewerOptions } from "./viewer.ts";

export interface BusOptions {
  /** By name; `*` stands for every other name, and without it other names are refused. */
  readonly applications: ReadonlyMap<string, ApplicationOptions>;
  /** Outgoing chunk size of all viewers. Bytes. */
  readonly chunkSize: number;
  readonly maxStreams: number;
  readonly maxLogBytes: number;
}

/** Why a stream is not to be had. */
export type Refusal = KeyRefusal | "already published" | "too many streams";

export type PublishOutcome =
  | { readonly publisher: Publisher; readonly displaced: Publisher | undefined }
  | { readonly refusal: Refusal };

export type PlayOutcome = { readonly viewer: Viewer } | { readonly refusal: Refusal };

/** Where publishers and viewers of all transports meet: the streams of a process, by their paths. */
export class Bus {
  readonly applications: Applications<ApplicationOptions>;
  readonly #options: BusOptions;
  readonly #streams = new Map<string, Stream>();
  readonly #budget: LogBudget;

  constructor(options: BusOptions) {
    this.#options = options;
    this.applications = new Applications(options.applications);
    this.#budget = new LogBudget(options.maxLogBytes);
  }

  get streams(): ReadonlyMap<string, Stream> {
    return this.#streams;
  }

  /** What all stream logs hold together, in bytes. */
  get logBytes(): number {
    return this.#budget.bytes;
  }

  /** Which stream a client means. */
  keyOf(names: StreamNames): StreamKey | KeyRefusal {
    return StreamKey.of(names, this.applications);
  }

  publish(key: StreamKey): PublishOutcome {
    const stream = this.#stream(key);
    if (typeof stream === "string") return { refusal: stream };
    const displaced = stream.publisher;
    if (displaced && stream.options.publisherPolicy === "reject") return { refusal: "already published" };
    return { publisher: stream.publish(), displaced };
  }

  /** A stream without a publisher can be played: the viewer waits for one. */
  play(key: StreamKey, options: ViewerOptions, nowMs: number): PlayOutcome {
    const stream = this.#stream(key);
    return typeof stream === "string" ? { refusal: stream } : { viewer: new Viewer(stream, options, nowMs) };
  }

  /** Ends the waiting for publishers that have not come back in time; returns the streams whose viewers are to hear it. */
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
   * Forgets a stream that has neither publisher nor viewers nor a reason to wait. Call it when one of them has gone; if the
   * stream has been forgotten before, another one may have its name by now and is left alone.
   */
  release(stream: Stream): void {
    const { path } = stream.key;
    if (stream.live || stream.viewers.size > 0 || this.#streams.get(path) !== stream) return;
    this.#streams.delete(path);
    stream.close();
  }

  #stream(key: StreamKey): Stream | Refusal {
    const known = this.#streams.get(key.path);
    if (known) return known;
    const options = this.applications.optionsOf(key);
    if (!options) return "unknown application";
    if (this.#streams.size >= this.#options.maxStreams) return "too many streams";
    const stream = new Stream(key, options, this.#options.chunkSize, this.#budget);
    this.#streams.set(key.path, stream);
    return stream;
  }
}
