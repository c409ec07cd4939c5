import { type Message, MessageType } from "@headgate/message";
import type { Framing } from "./framing.ts";
import { MAX_MODEST_HEADER_BYTES } from "./limits.ts";
import type { LogBudget } from "./log-budget.ts";
import { type EntryPosition, Segment } from "./segment.ts";
import { SegmentMemory } from "./segment-memory.ts";

/** Retained data has this time wherever it stands: at any other ffmpeg's player makes a text stream of its own out of it. */
export const METADATA_TIMESTAMP = 0;

/** A position at which viewers can begin, and the headers that they must get first. */
export class SyncPoint implements EntryPosition {
  readonly position: number;
  readonly timestamp: number;
  readonly arrivedMs: number;
  /** Metadata and decoder configurations, asked for when they are needed. */
  readonly messages: () => readonly Message[];
  readonly #framing: Framing;
  readonly #budget: LogBudget;
  #encoded: Segment | undefined;

  constructor(at: EntryPosition, messages: () => readonly Message[], framing: Framing, budget: LogBudget) {
    this.position = at.position;
    this.timestamp = at.timestamp;
    this.arrivedMs = at.arrivedMs;
    this.messages = messages;
    this.#framing = framing;
    this.#budget = budget;
  }

  /**
   * The same as entries, encoded when first needed. Configurations have the time of the first frame. Undefined while there is
   * no room for them: viewers that read nothing can hold those of many places at once.
   */
  get headers(): Segment | undefined {
    this.#encoded ??= this.#encode();
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

  #encode(): Segment | undefined {
    const messages = this.messages();
    const bytes = messages.reduce((sum, { payload }) => sum + payload.length, 0);
    if (bytes > MAX_MODEST_HEADER_BYTES && !this.#budget.hasRoomForFixed(bytes)) return undefined;
    const segment = encodeHeaders(messages, this, this.#framing);
    this.#budget.holdFixed(segment.capacity);
    return segment;
  }
}

/** Headers in front of the entry with which a viewer begins, as entries. */
function encodeHeaders(
  headers: readonly Message[],
  { timestamp, arrivedMs }: EntryPosition,
  framing: Framing,
): Segment {
  const messages = headers.map((message) => ({
    ...message,
    timestamp: isData(message) ? METADATA_TIMESTAMP : timestamp,
  }));
  const capacity = messages.reduce((sum, message) => sum + framing.entryLength(message), 0);
  const memory = new SegmentMemory(capacity, messages.length);
  const segment = new Segment({ framing, base: 0, memory }, arrivedMs);
  for (const message of messages) segment.append(message, arrivedMs, true);
  return segment;
}

function isData({ type }: Message): boolean {
  return type !== MessageType.audio && type !== MessageType.video;
}
