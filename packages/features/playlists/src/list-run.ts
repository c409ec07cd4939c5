import type { Guard } from "@headgate/transport";
import type { Logger } from "pino";
import type { PlaylistItem, PlaylistList } from "./config.ts";
import { ItemPlayer, type ItemPlayerOptions, type Output } from "./item-player.ts";
import type { ItemProblem, ItemSource } from "./item-source.ts";
import { BEGINNING, type Place, placeAfter, without } from "./late-place.ts";
import { LEAST_PASS_MS, REST_MS } from "./limits.ts";

/** What was sent of an item. */
export interface Played {
  readonly durationMs: number;
  readonly bytes: number;
}

/** Where a list is sent, and what was sent there before of another one. */
export interface Stage {
  readonly output: Output;
  readonly before: Played | undefined;
}

export interface ListRunContext {
  readonly open: (item: PlaylistItem) => Promise<ItemSource | ItemProblem>;
  /** Milliseconds of a clock that never runs backward. */
  readonly now: () => number;
  readonly guard: Guard;
  readonly log: Logger;
  /** Of all playlists. */
  readonly counts: PlaylistCounts;
  /** What comes from now on is another item's; `before` was sent of the one before it. */
  readonly onBegin: (before: Played | undefined) => void;
  /** Its first frame was sent. */
  readonly onBegun: () => void;
}

/** Items so far, by how they have ended. */
export interface PlaylistCounts {
  played: number;
  failed: number;
}

/** An item that is opened before it is due. */
interface Prepared {
  readonly index: number;
  readonly openedMs: number;
  readonly opening: Promise<ItemSource | ItemProblem>;
}

/** Plays a list, from its first item to its last, or again and again. */
export class ListRun {
  readonly #context: ListRunContext;
  readonly #list: PlaylistList;
  #prepared: Prepared | undefined;
  #player: ItemPlayer | undefined;
  #output: Output | undefined;
  #before: Played | undefined;
  /** The item that was on last. */
  #lastIndex: number | undefined;
  /** Problems that the log has told of, by the index of the item. */
  readonly #told = new Map<number, ItemProblem>();
  #isResting = false;
  #hasToldOfRest = false;
  #isStopped = false;
  /** Ends what the run waits for. */
  #goOn: () => void = () => {};

  constructor(context: ListRunContext, list: PlaylistList) {
    this.#context = context;
    this.#list = list;
  }

  /** Whether it waits, because nothing of it could be played. */
  get isResting(): boolean {
    return this.#isResting;
  }

  /** What was sent of the item that is on, or was last. */
  get played(): Played | undefined {
    if (!this.#output || !this.#player || this.#player.bytes === 0) return this.#before;
    const { beginMs, endMs } = this.#output.splicer;
    return { durationMs: endMs - beginMs, bytes: this.#player.bytes };
  }

  /** Opens its first item. */
  prepare(): void {
    this.#prepare(0);
  }

  /**
   * Resolves when the list is over, or was stopped; to `refused` if there is nowhere to send it. `lateMs`: so long before it should have
   * begun; `takeOver` is called when it is known what is to be sent first.
   */
  async run(lateMs: number, takeOver: () => Stage | undefined): Promise<"over" | "refused"> {
    const { items, loop } = this.#list;
    let place: Place = BEGINNING;
    if (lateMs > 0) place = await placeAfter(lateMs, this.#list, (item) => this.#lengthOf(item));
    if (this.#isStopped || place.index >= items.length) return "over";
    const stage = takeOver();
    if (!stage) return "refused";
    this.#output = stage.output;
    this.#before = stage.before;
    const { splicer } = stage.output;
    while (!this.#isStopped) {
      const beganMs = splicer.endMs;
      for (let { index, skippedMs } = place; index < items.length && !this.#isStopped; index += 1) {
        await this.#play(stage.output, index, skippedMs);
        skippedMs = 0;
      }
      place = BEGINNING;
      if (!loop || this.#isStopped) break;
      if (splicer.endMs - beganMs < LEAST_PASS_MS) await this.#rest();
      else this.#hasToldOfRest = false;
    }
    return "over";
  }

  /** Nothing is sent any more from now on. */
  stop(): void {
    this.#before = this.played;
    this.#isStopped = true;
    this.#player?.stop();
    this.#player = undefined;
    this.#forgetPrepared();
    this.#goOn();
  }

  async #play(output: Output, index: number, skippedMs: number): Promise<void> {
    const { openedMs, opening } = this.#takePrepared(index, skippedMs);
    const source = await opening;
    if (typeof source === "string") return this.#note(index, source);
    if (this.#isStopped) return source.close();
    const problem = await new Promise<ItemProblem | undefined>((resolve) => {
      this.#goOn = () => resolve(undefined);
      this.#start(source, { output, index, openedMs, onOver: resolve });
    });
    if (this.#isStopped) return;
    this.#before = this.played;
    this.#player = undefined;
    this.#note(index, problem);
  }

  #start(
    source: ItemSource,
    { index, ...own }: Pick<ItemPlayerOptions, "output" | "openedMs" | "onOver"> & { readonly index: number },
  ): void {
    const { now, guard, onBegin, onBegun } = this.#context;
    this.#player = new ItemPlayer(source, {
      ...{ ...own, now, guard, onBegun },
      onBegin: () => {
        onBegin(this.#before);
        this.#logBegin(index);
      },
      onNearEnd: () => this.#prepareAfter(index),
    });
    this.#player.start();
  }

  #prepareAfter(index: number): void {
    const { items, loop } = this.#list;
    if (index + 1 < items.length) this.#prepare(index + 1);
    else if (loop) this.#prepare(0);
  }

  #prepare(index: number): void {
    const { open, now } = this.#context;
    this.#prepared = { index, openedMs: now(), opening: open(this.#list.items[index]!) };
  }

  #takePrepared(index: number, skippedMs: number): Omit<Prepared, "index"> {
    const prepared = this.#prepared;
    if (prepared?.index === index && skippedMs === 0) {
      this.#prepared = undefined;
      return prepared;
    }
    this.#forgetPrepared();
    const { open, now } = this.#context;
    return { openedMs: now(), opening: open(without(this.#list.items[index]!, skippedMs)) };
  }

  #forgetPrepared(): void {
    if (this.#prepared) this.#context.guard.settle(discard(this.#prepared.opening), ignore);
    this.#prepared = undefined;
  }

  async #lengthOf(item: PlaylistItem): Promise<number> {
    const source = this.#isStopped ? undefined : await this.#context.open(item);
    if (typeof source !== "object") return 0;
    const { expectedMs } = source;
    source.close();
    return expectedMs;
  }

  /** Nothing of a whole pass could be played, or next to nothing. */
  async #rest(): Promise<void> {
    const line = { code: "PLAYLIST_UNPLAYABLE", retryMs: REST_MS };
    this.#context.log[this.#hasToldOfRest ? "debug" : "warn"](line, "playlist rests");
    this.#hasToldOfRest = true;
    this.#isResting = true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, REST_MS);
      this.#goOn = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#isResting = false;
  }

  /** An item that is on again and again is told of once. */
  #logBegin(index: number): void {
    if (this.#lastIndex === index) return;
    this.#lastIndex = index;
    this.#context.log.info({ item: index, ...nameOf(this.#list.items[index]!) }, "playlist item begun");
  }

  /** A problem that comes again and again likewise. */
  #note(index: number, problem: ItemProblem | undefined): void {
    const { counts, log } = this.#context;
    if (problem === undefined) {
      counts.played += 1;
      this.#told.delete(index);
      return;
    }
    counts.failed += 1;
    const level = this.#told.get(index) === problem ? "debug" : "warn";
    this.#told.set(index, problem);
    const line = { code: problem, item: index, ...nameOf(this.#list.items[index]!) };
    log[level](line, "playlist item not played to its end");
  }
}

function nameOf({ file, live }: PlaylistItem): { readonly file?: string; readonly live?: string } {
  return { ...(file !== undefined && { file }), ...(live !== undefined && { live }) };
}

async function discard(opening: Prepared["opening"]): Promise<void> {
  const source = await opening;
  if (typeof source === "object") source.close();
}

function ignore(): void {}
