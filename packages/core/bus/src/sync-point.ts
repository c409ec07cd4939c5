import { type Message, MessageType } from "@headgate/message";
import type { LogBudget } from "./log-budget.ts";
import { Segment } from "./segment.ts";

/** Retained data has this time wherever it stands: at any other ffmpeg's player makes a text stream of its own out of it. */
export const METADATA_TIMESTAMP = 0;

/** A position at which a viewer can begin, and the headers it must get first. */
export class SyncPoint {
  readonly position: number;
  readonly timestamp: number;
  /** When it arrived, in milliseconds of the driver's clock. */
  readonly arrivedMs: number;
  readonly #headers: () => readonly Message[];
  readonly #budget: LogBudget;
  #encoded: Segment | undefined;

  /** `headers` is called when they are first needed. */
  constructor(
    place: { readonly position: number; readonly timestamp: number; readonly arrivedMs: number },
    headers: () => readonly Message[],
    budget: LogBudget,
  ) {
    this.position = place.position;
    this.timestamp = place.timestamp;
    this.arrivedMs = place.arrivedMs;
    this.#headers = headers;
    this.#budget = budget;
  }

  /**
   * Metadata and decoder configurations as entries, encoded when first needed. Configurations have the time of the first
   * frame.
   */
  headers(chunkSize: number): Segment {
    this.#encoded ??= this.#encode(chunkSize);
    return this.#encoded;
  }

  /** Gives its memory back. */
  drop(): void {
    const encoded = this.#encoded;
    if (!encoded) return;
    this.#encoded = undefined;
    const free = (): void => this.#budget.releaseFixed(encoded.capacity);
    if (encoded.drop(free)) free();
  }

  #encode(chunkSize: number): Segment {
    const segment = encodeHeaders(this.#headers(), this.timestamp, chunkSize);
    this.#budget.holdFixed(segment.capacity);
    return segment;
  }
}

export function encodeHeaders(headers: readonly Message[], timestamp: number, chunkSize: number): Segment {
  const messages = headers.map((message) => ({
    ...message,
    timestamp: isData(message) ? METADATA_TIMESTAMP : timestamp,
  }));
  const length = messages.reduce((sum, message) => sum + Segment.entryLength(message, chunkSize), 0);
  const segment = new Segment(0, length, 0, messages.length);
  for (const message of messages) segment.append(message, chunkSize, 0, true);
  return segment;
}

function isData({ type }: Message): boolean {
  return type !== MessageType.audio && type !== MessageType.video;
}
