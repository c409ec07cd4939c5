import type { GatewayContext } from "./context.ts";
import { MediaSummary } from "./media-summary.ts";
import type { EventOf } from "./net-stream-event.ts";
import type { Publication } from "./publication.ts";
import type { StreamLines } from "./stream-lines.ts";

/** What one connection publishes, by NetStream. */
export class PeerPublications {
  readonly #context: GatewayContext;
  readonly #lines: StreamLines;
  readonly #publications = new Map<number, Publication>();
  /** Of those that have just begun, until the log says what they send. */
  readonly #summaries = new Map<number, MediaSummary>();

  constructor(context: GatewayContext, lines: StreamLines) {
    this.#context = context;
    this.#lines = lines;
  }

  get size(): number {
    return this.#publications.size;
  }

  netStreamIds(): Iterable<number> {
    return this.#publications.keys();
  }

  on(netStreamId: number): Publication | undefined {
    return this.#publications.get(netStreamId);
  }

  /** Until when what the peer sends next may wait to be read: only where no viewer gets it later because of that. */
  inputMayWaitUntilMs(): number | undefined {
    // What begins must be seen at once.
    if (this.#publications.size === 0 || this.#summaries.size > 0) return undefined;
    const { fanOut, mergeWindow, now } = this.#context;
    let untilMs = Number.POSITIVE_INFINITY;
    for (const { stream } of this.#publications.values())
      untilMs = Math.min(untilMs, fanOut.nextRoundMs(stream) ?? nextMultiple(now(), mergeWindow.maxMs));
    return untilMs;
  }

  begin(netStreamId: number, publication: Publication): void {
    this.#publications.set(netStreamId, publication);
    this.#summaries.set(netStreamId, new MediaSummary());
  }

  media(event: EventOf<"media">): void {
    if (this.#summaries.size > 0) this.#summarize(event);
    this.#publications.get(event.netStreamId)?.media(event.message);
  }

  data({ netStreamId, message, retain }: EventOf<"data">): void {
    if (retain === "onMetaData") this.#summaries.get(netStreamId)?.metadata(message);
    this.#publications.get(netStreamId)?.data(message, retain);
  }

  clearData({ netStreamId, handler }: EventOf<"dataCleared">): void {
    this.#publications.get(netStreamId)?.clearData(handler);
  }

  end(netStreamId: number): void {
    const publication = this.#publications.get(netStreamId);
    this.forget(netStreamId);
    publication?.end();
  }

  /** Another publisher has taken over, or it is ended here. */
  forget(netStreamId: number): void {
    this.#tellMedia(netStreamId);
    this.#publications.delete(netStreamId);
  }

  #summarize({ netStreamId, message }: EventOf<"media">): void {
    const summary = this.#summaries.get(netStreamId);
    const nowMs = this.#context.now();
    summary?.media(message, nowMs);
    if (summary?.isDone(nowMs)) this.#tellMedia(netStreamId);
  }

  /** Once for each publication: when it has been seen for a while, or at its end. */
  #tellMedia(netStreamId: number): void {
    const facts = this.#summaries.get(netStreamId)?.facts;
    const stream = this.#publications.get(netStreamId)?.stream.key.path;
    this.#summaries.delete(netStreamId);
    if (facts && stream !== undefined) this.#lines.tell("info", { stream, ...facts }, "publisher sends");
  }
}

/** The same for all that wait so long, so that they are read together. */
function nextMultiple(nowMs: number, stepMs: number): number {
  return stepMs === 0 ? nowMs : (Math.floor(nowMs / stepMs) + 1) * stepMs;
}
