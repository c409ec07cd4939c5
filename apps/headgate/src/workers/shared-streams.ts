import { type Applications, StreamKey } from "@headgate/bus";
import type { ApplicationConfig } from "../config/config.ts";
import { Directory } from "./directory.ts";
import type { FromWorker } from "./messages.ts";
import type { WorkerProcess } from "./worker-process.ts";

type StreamMessage = Extract<FromWorker, { stream: string }>;

/** Which worker has which stream, and what all workers are told of that. */
export class SharedStreams {
  readonly #applications: Applications<ApplicationConfig>;
  readonly #directory = new Directory();
  /** By slot. */
  readonly #workers: ReadonlyMap<number, WorkerProcess>;

  constructor(applications: Applications<ApplicationConfig>, workers: ReadonlyMap<number, WorkerProcess>) {
    this.#applications = applications;
    this.#workers = workers;
  }

  /** It listens now. */
  ready(slot: number): void {
    const worker = this.#workers.get(slot);
    for (const [stream, owner] of this.#directory.streams) worker?.tellOwner(stream, owner);
  }

  /** Its streams are free to be published again. */
  left(slot: number): void {
    for (const stream of this.#directory.removeWorker(slot)) this.#tellOwner(stream);
  }

  onMessage(slot: number, message: StreamMessage): void {
    const { stream } = message;
    switch (message.kind) {
      case "published":
        return this.#published(stream, slot, message.isPulled);
      case "unpublished":
        if (this.#directory.unpublished(stream, slot)) this.#tellOwner(stream);
        return;
      case "wanted":
        return this.#confirm(stream, slot);
      case "heard":
        return this.#confirmed(stream, message.asker);
    }
  }

  #published(stream: string, slot: number, isPulled: boolean): void {
    const key = StreamKey.parse(stream, this.#applications);
    const policy = typeof key === "object" && this.#applications.optionsOf(key)?.publisherPolicy;
    const { givesUp } = this.#directory.published(stream, { slot, isPulled }, policy || "reject");
    if (givesUp !== undefined) this.#workers.get(givesUp)?.tell({ kind: "evict", stream });
    this.#tellOwner(stream);
  }

  #confirm(stream: string, asker: number): void {
    const owner = this.#directory.streams.get(stream);
    const worker = owner && this.#workers.get(owner.slot);
    if (worker) worker.tell({ kind: "confirm", stream, asker });
    else this.#confirmed(stream, asker);
  }

  #confirmed(stream: string, asker: number): void {
    const isFree = !this.#directory.streams.has(stream);
    this.#workers.get(asker)?.tell({ kind: "confirmed", stream, isFree });
  }

  #tellOwner(stream: string): void {
    const owner = this.#directory.streams.get(stream);
    for (const worker of this.#workers.values()) worker.tellOwner(stream, owner);
  }
}
