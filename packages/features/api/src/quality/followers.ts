import { asciiJson } from "@headgate/http-server";
import { addressKey, Counts, type Faults, Guard } from "@headgate/transport";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Followed, ServerView } from "../server-view.ts";
import { eventsOf, type QualityReply } from "./quality-reply.ts";

/** More than all who look after a server follow at once; the admin server has 256 connections for everything. */
export const MAX_FOLLOWERS = 64;
export const MAX_FOLLOWERS_PER_ADDRESS = 16;

/** An event has some 200 bytes. A reader that leaves a minute of them unread, behind what the system keeps for it, is cut off. */
export const MAX_UNREAD_BYTES: number = 16 * 1024;

const EVERY_MS = 1_000;

/** Seconds that are asked for at once: a second or two can be late. */
const LOOK_BACK = 5;

interface Follower {
  readonly address: string;
  readonly followed: Followed;
  readonly reply: FastifyReply;
  /** The newest second that it has been told of. */
  seq: number;
}

/** Sends a second of a stream or session after the other to those who follow it, as server-sent events. */
export class Followers {
  readonly #view: ServerView;
  readonly #faults: Faults;
  readonly #guard: Guard;
  readonly #followers = new Set<Follower>();
  readonly #byAddress = new Counts<string>();
  /** What the view has been asked about and has not answered. */
  readonly #asked = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(view: ServerView, faults: Faults) {
    this.#view = view;
    this.#faults = faults;
    this.#guard = new Guard(faults, "task", () => {});
  }

  get size(): number {
    return this.#followers.size;
  }

  hasRoomFor({ ip }: FastifyRequest): boolean {
    return (
      this.#followers.size < MAX_FOLLOWERS && this.#byAddress.of(addressKey(ip)) < MAX_FOLLOWERS_PER_ADDRESS
    );
  }

  /** Goes on from this answer. Fastify handles neither the reply nor its errors from here on. */
  add({ ip }: FastifyRequest, reply: FastifyReply, followed: Followed, newest: QualityReply): void {
    reply.hijack();
    const follower = { address: addressKey(ip), followed, reply, seq: newest.seq - 1 };
    const guard = new Guard(this.#faults, "request", () => this.#end(follower));
    guard.run(() => {
      const { raw } = reply;
      this.#followers.add(follower);
      this.#byAddress.add(follower.address, 1);
      this.#timer ??= setInterval(
        this.#guard.entry(() => this.#askAll()),
        EVERY_MS,
      );
      raw.on(
        "close",
        guard.entry(() => this.#leave(follower)),
      );
      raw.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        // nginx would keep the events back.
        "x-accel-buffering": "no",
      });
      this.#tell(follower, newest);
    });
  }

  /** Each stream and session is asked for once, however many follow it. */
  #askAll(): void {
    for (const { followed } of this.#followers) {
      const name = nameOf(followed);
      if (this.#asked.has(name)) continue;
      this.#asked.add(name);
      this.#guard.settle(
        this.#view.quality(followed, LOOK_BACK),
        (answer) => this.#answered(name, typeof answer === "object" ? answer : undefined),
        (error) => {
          this.#asked.delete(name);
          throw error;
        },
      );
    }
  }

  #answered(name: string, answer: QualityReply | undefined): void {
    this.#asked.delete(name);
    for (const follower of this.#followers)
      if (nameOf(follower.followed) === name) this.#tell(follower, answer);
  }

  #tell(follower: Follower, answer: QualityReply | undefined): void {
    const { raw } = follower.reply;
    if (!answer) {
      raw.end("event: end\ndata: {}\n\n");
      return this.#leave(follower);
    }
    for (const event of eventsOf(answer, follower.seq))
      raw.write(`id: ${event.seq}\ndata: ${asciiJson(event)}\n\n`);
    follower.seq = answer.seq;
    if (raw.writableLength > MAX_UNREAD_BYTES) this.#end(follower);
  }

  #end(follower: Follower): void {
    follower.reply.raw.destroy();
    this.#leave(follower);
  }

  #leave(follower: Follower): void {
    if (!this.#followers.delete(follower)) return;
    this.#byAddress.add(follower.address, -1);
    if (this.#followers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function nameOf({ kind, id }: Followed): string {
  return `${kind} ${id}`;
}
