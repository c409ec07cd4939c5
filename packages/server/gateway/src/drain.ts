import { type Faults, Guard } from "@headgate/transport";
import type { Logger } from "pino";
import { ALLOW, type Denial, deny, type Policy } from "./policy.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

/** How the server hands its sessions to another one before it ends. Milliseconds. */
export interface DrainOptions {
  readonly timeoutMs: number;
  /** Until load balancers have heard of it, and send nobody any more. */
  readonly waitMs: number;
}

/** What draining acts on. */
export interface DrainContext {
  readonly sessions: Sessions;
  readonly faults: Faults;
  readonly log: Logger;
  /** Milliseconds of a clock that never runs backward. */
  readonly now: () => number;
  /** Those in force when it begins. */
  readonly options: () => DrainOptions;
}

/** Sessions that are due within this time are asked together. Milliseconds. */
const PACE_MS = 20;

/** Of the time after the wait, publishers are asked in the first quarter and the others in the second. */
const PART = 1 / 4;

const MOVE = "The server is about to end: connect again.";

/**
 * Gets rid of the sessions without breaking them: serves everybody until load balancers have heard, then takes no new sessions, asks
 * those that can to connect again, publishers first, and waits for the others.
 */
export class Drain {
  readonly policy: Policy;
  readonly #context: DrainContext;
  readonly #guard: Guard;
  readonly #timers = new Set<NodeJS.Timeout>();
  #drained: Promise<void> | undefined;
  /** Whether the wait for load balancers is over. */
  #isMoving = false;
  #onDrained: () => void = () => {};

  constructor(context: DrainContext) {
    this.#context = context;
    this.#guard = new Guard(context.faults, "task", () => {});
    this.policy = {
      name: "draining",
      connect: () => this.#verdict("NetConnection.Connect.Rejected"),
      publish: () => this.#verdict("NetStream.Publish.BadName"),
      play: () => this.#verdict("NetStream.Play.Failed"),
    };
    context.sessions.observe({ closed: () => this.#lookForEnd() });
  }

  /** Resolves when the last session is gone, but not before the wait is over, or when the time is over. */
  begin(): Promise<void> {
    this.#drained ??= this.#begin();
    return this.#drained;
  }

  /** The drain is over, whoever is left. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#onDrained();
  }

  #verdict(status: Denial["status"]): typeof ALLOW | Denial {
    return this.#isMoving ? deny(status, "DRAINING") : ALLOW;
  }

  #begin(): Promise<void> {
    const { timeoutMs, waitMs } = this.#context.options();
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    this.#after(timeoutMs, () => this.stop());
    const partMs = Math.max(0, timeoutMs - waitMs) * PART;
    this.#after(waitMs, () => this.#move(partMs));
    this.#after(waitMs + partMs, () => this.#askAll(false, partMs));
    return drained;
  }

  /** From here on nobody is let in, and publishers are asked within this time. */
  #move(publishersMs: number): void {
    this.#isMoving = true;
    this.#askAll(true, publishersMs);
    this.#lookForEnd();
  }

  /** Asks them one after the other within a time: they must not all come to the next server at once. */
  #askAll(publishers: boolean, withinMs: number): void {
    const asked = this.#sessions.filter(
      (session) => session.connect?.canReconnect && isPublisher(session) === publishers,
    );
    if (asked.length > 0)
      this.#context.log.info({ publishers, sessions: asked.length }, "asking to reconnect");
    this.#askNext(asked, withinMs, this.#context.now());
  }

  /** All that are due, and later the rest. */
  #askNext(sessions: readonly Session[], withinMs: number, startedMs: number, done = 0): void {
    if (done >= sessions.length) return;
    const share = withinMs > 0 ? (this.#context.now() - startedMs) / withinMs : 1;
    const due = Math.min(sessions.length, Math.max(done + 1, Math.ceil(sessions.length * share)));
    for (const session of sessions.slice(done, due)) session.requestReconnect(MOVE);
    const nextMs = Math.max(PACE_MS, withinMs / sessions.length);
    this.#after(nextMs, () => this.#askNext(sessions, withinMs, startedMs, due));
  }

  #lookForEnd(): void {
    if (this.#isMoving && this.#context.sessions.byId.size === 0) this.stop();
  }

  get #sessions(): readonly Session[] {
    return [...this.#context.sessions.byId.values()];
  }

  #after(ms: number, work: () => void): void {
    const timer = setTimeout(
      this.#guard.entry(() => {
        this.#timers.delete(timer);
        work();
      }),
      ms,
    );
    this.#timers.add(timer);
  }
}

function isPublisher({ uses }: Session): boolean {
  return uses.some(({ kind }) => kind === "publish");
}
