import type { ApplicationOptions } from "./application-options.ts";
import { MAX_NAME_LENGTH } from "./limits.ts";
import { LogBudget } from "./log-budget.ts";
import { type Publisher, Stream, type StreamKey } from "./stream.ts";
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
export type Refusal = "unknown application" | "name invalid" | "already published" | "too many streams";

export type PublishOutcome =
  | { readonly publisher: Publisher; readonly displaced: Publisher | undefined }
  | { readonly refusal: Refusal };

export type PlayOutcome = { readonly viewer: Viewer } | { readonly refusal: Refusal };

/** Where publishers and viewers of all transports meet: the streams of a process, by application and name. */
export class Bus {
  readonly #options: BusOptions;
  readonly #streams = new Map<string, Stream>();
  readonly #budget: LogBudget;

  constructor(options: BusOptions) {
    this.#options = options;
    this.#budget = new LogBudget(options.maxLogBytes);
  }

  get streams(): ReadonlyMap<string, Stream> {
    return this.#streams;
  }

  /** What all stream logs hold together, in bytes. */
  get logBytes(): number {
    return this.#budget.bytes;
  }

  application(name: string): ApplicationOptions | undefined {
    if (name.length > MAX_NAME_LENGTH) return undefined;
    return applicationIn(this.#options.applications, name);
  }

  /**
   * The name under which a client's application is known here: `//host/application` where a virtual host has one of its own,
   * or all of them as `//host/*`, and else just the application.
   */
  applicationName(application: string, virtualHost: string): string {
    const named = `//${virtualHost.toLowerCase()}/${application}`;
    const { applications } = this.#options;
    const hasOwn = applications.has(named) || applications.has(everyOtherOf(named));
    return hasOwn ? named : application;
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
    const path = streamPath(stream.key);
    if (stream.live || stream.viewers.size > 0 || this.#streams.get(path) !== stream) return;
    this.#streams.delete(path);
    stream.log.close();
  }

  #stream(key: StreamKey): Stream | Refusal {
    const path = streamPath(key);
    const known = this.#streams.get(path);
    if (known) return known;
    const options = this.application(key.application);
    if (!options) return "unknown application";
    if (key.name === "" || path.length > MAX_NAME_LENGTH) return "name invalid";
    if (this.#streams.size >= this.#options.maxStreams) return "too many streams";
    const stream = new Stream(key, options, this.#options.chunkSize, this.#budget);
    this.#streams.set(path, stream);
    return stream;
  }
}

/** What is said of an application, by its own name or by the one that stands for it. */
export function applicationIn<T>(applications: ReadonlyMap<string, T>, name: string): T | undefined {
  return applications.get(name) ?? applications.get(everyOtherOf(name));
}

/** The name that stands for every application that is not named itself, of the same virtual host. */
function everyOtherOf(name: string): string {
  const [, host] = /^(\/\/[^/]*\/)/.exec(name) ?? [];
  return host === undefined ? "*" : `${host}*`;
}

/** `application/name`, as in the stream's URL. */
export function streamPath({ application, name }: StreamKey): string {
  return `${application}/${name}`;
}
