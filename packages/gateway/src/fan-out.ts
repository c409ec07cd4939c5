import type { Stream } from "@headgate/bus";

/** Somebody with viewers, who writes what is new for them. */
export interface Flushable {
  flush(): void;
}

/**
 * Carries what streams have got to those who watch them. All that arrives in one turn of the event loop is written at its
 * end: one write per viewer, however many messages it spans.
 */
export class FanOut {
  readonly #audiences = new Map<Stream, Set<Flushable>>();
  readonly #dirty = new Set<Flushable>();
  readonly #dirtyStreams = new Set<Stream>();
  #scheduled = false;

  watch(stream: Stream, viewer: Flushable): void {
    const audience = this.#audiences.get(stream);
    if (audience) audience.add(viewer);
    else this.#audiences.set(stream, new Set([viewer]));
    this.wake(viewer);
  }

  unwatch(stream: Stream, viewer: Flushable): void {
    const audience = this.#audiences.get(stream);
    audience?.delete(viewer);
    if (audience?.size === 0) this.#audiences.delete(stream);
  }

  /** The stream has something new for everybody. */
  changed(stream: Stream): void {
    this.#dirtyStreams.add(stream);
    this.#schedule();
  }

  /** This one has something to write, for a reason of its own. */
  wake(viewer: Flushable): void {
    this.#dirty.add(viewer);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const streams = [...this.#dirtyStreams];
    const viewers = [...this.#dirty];
    this.#dirtyStreams.clear();
    this.#dirty.clear();
    const flushed = new Set<Flushable>();
    flushEach(viewers, flushed);
    for (const stream of streams) flushEach(this.#audiences.get(stream) ?? [], flushed);
  }
}

/** Once each: who watches thirty streams is not flushed thirty times. */
function flushEach(viewers: Iterable<Flushable>, flushed: Set<Flushable>): void {
  for (const viewer of viewers) {
    if (flushed.has(viewer)) continue;
    flushed.add(viewer);
    viewer.flush();
  }
}
