import type { MessageSource } from "@headgate/bus";
import { isMetadata, type Message, MessageType } from "@headgate/message";
import type { PlaylistItem } from "./config.ts";
import type { ItemProblem, ItemSource, Next } from "./item-source.ts";
import { liveMetadata } from "./live-metadata.ts";

/** A file as an item: headers, and then its messages from the keyframe at or before where it is to begin. */
export class FileItem implements ItemSource {
  readonly lengthMs: number;
  readonly isLive = false;
  problem: ItemProblem | undefined;
  onReady: () => void = () => {};
  readonly #source: MessageSource;
  readonly #beginMs: number;
  readonly #headers: Message[];
  /** Whether what is next is on its way. */
  #isLater = false;

  constructor(source: MessageSource, { startMs, durationMs }: PlaylistItem) {
    this.#source = source;
    this.#beginMs = source.seek(startMs);
    this.#headers = [...source.headers];
    this.lengthMs =
      durationMs === undefined ? Number.POSITIVE_INFINITY : startMs + durationMs - this.#beginMs;
    source.onReady = () => {
      this.#isLater = false;
      this.onReady();
    };
  }

  get expectedMs(): number {
    const { durationMs, isGrowing } = this.#source;
    const leftMs = isGrowing ? Number.POSITIVE_INFINITY : Math.max(0, durationMs - this.#beginMs);
    return Math.min(this.lengthMs, leftMs);
  }

  next(): Next | "later" | "over" {
    if (this.problem) return "over";
    if (this.#headers.length > 0) return { timestamp: this.#beginMs, arrivedMs: undefined, isHeader: true };
    if (this.#isLater) return "later";
    const { nextMs } = this.#source;
    if (nextMs !== undefined) return { timestamp: nextMs, arrivedMs: undefined, isHeader: false };
    if (!this.#source.isGrowing) return "over";
    // It is told of more only if it has asked.
    this.#source.next();
    return "later";
  }

  take(): Message | undefined {
    const header = this.#headers.shift();
    const message = header ?? this.#source.next();
    if (message === "later") this.#isLater = true;
    if (message === undefined) this.problem = "PLAYLIST_ITEM_UNREADABLE";
    if (typeof message !== "object") return undefined;
    const isOfFile = message.type === MessageType.dataAmf0 && isMetadata(message.payload);
    return isOfFile ? liveMetadata(message) : message;
  }

  begin(): void {}

  close(): void {
    this.#source.close();
  }
}
