import type { RtmpFraming } from "@headgate/chunk";
import type { ServerConnectionOptions } from "@headgate/connection";
import { connectionLimits } from "@headgate/driver";
import type { GatewayLimits, GatewayOptions } from "./config.ts";
import type { MergeOptions } from "./merge-window.ts";
import { RandomPool } from "./random-pool.ts";
import type { StreamsOptions } from "./streams.ts";

/** A value of which the parts are replaced, and never changed: what was read of it before stays as it was. */
type Replaceable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The options in force, through which everything reads that another configuration is to reach. What belongs to a session is read
 * when it begins.
 */
export class OptionsInForce {
  readonly options: Replaceable<GatewayOptions>;
  /** The limits at the moment of reading. */
  readonly limits: GatewayLimits;
  /** The same of merging. */
  readonly merge: MergeOptions;
  readonly #pool = new RandomPool();
  #connectionOptions: ServerConnectionOptions;

  constructor(options: GatewayOptions) {
    this.options = { ...options };
    this.limits = current(() => this.options.limits);
    this.merge = current(() => this.options.merge);
    this.#connectionOptions = this.#optionsOfConnections();
  }

  /** Of connections that begin now. */
  get connectionOptions(): ServerConnectionOptions {
    return this.#connectionOptions;
  }

  streams(framing: RtmpFraming): StreamsOptions {
    const { applications } = this.options;
    return current(() => ({ ...this.options.limits, applications, framing }));
  }

  replace(next: GatewayOptions): void {
    Object.assign(this.options, next);
    this.#connectionOptions = this.#optionsOfConnections();
  }

  #optionsOfConnections(): ServerConnectionOptions {
    const { limits, timeouts, chunkSize, ackWindow, rtmpe } = this.options;
    const random = (length: number): Uint8Array => this.#pool.take(length);
    return { random, chunkSize, ackWindow, rtmpe, timeouts, limits: connectionLimits(limits) };
  }
}

/** Has the properties that `read` returns, each as it is at the moment. */
function current<T extends object>(read: () => T): T {
  const view = {} as T;
  for (const name of Object.keys(read()) as (keyof T)[])
    Object.defineProperty(view, name, { enumerable: true, get: () => read()[name] });
  return view;
}
