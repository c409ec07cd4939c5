import type { Worker } from "node:cluster";
import { type Faults, Guard } from "@headgate/transport";
import { LatestStates } from "./latest-states.ts";
import { type Answers, type FromWorker, type Owner, readFromWorker, type ToWorker } from "./messages.ts";
import { closeUnclaimedSockets } from "./unclaimed-sockets.ts";

/** The time for a worker's answer to a question. Milliseconds. */
export const ANSWER_MS = 2_000;

/** How often a worker is asked whether it is alive. */
export const ALIVE_INTERVAL_MS = 5_000;

/**
 * A worker that leaves this many questions unanswered hangs: its peers have timed out by then. Questions are counted and not
 * the time, because a machine that was suspended had no time to answer.
 */
export const MAX_UNANSWERED = 12;

/** How the primary reacts to its worker. */
export interface WorkerOwner {
  onMessage(message: Exclude<FromWorker, { kind: "answer" }>): void;
  onHanging(): void;
  /** The last call, once. */
  onExit(reason: string | number): void;
}

/** One worker, as the primary sees it. It may hang or die at any moment, also while a message is sent to it. */
export class WorkerProcess {
  readonly #worker: Worker;
  readonly #owner: WorkerOwner;
  readonly #guard: Guard;
  readonly #questions = new Map<number, (answer: unknown) => void>();
  /** Who publishes what, as the worker is told. */
  readonly #owners: LatestStates<Owner>;
  readonly #watch: NodeJS.Timeout;
  #requests = 0;
  #unanswered = 0;
  #hasExited = false;

  constructor(worker: Worker, owner: WorkerOwner, faults: Faults) {
    this.#worker = worker;
    this.#owner = owner;
    this.#owners = new LatestStates((stream, state, onSent) =>
      this.tell({ kind: "owner", stream, owner: state }, onSent),
    );
    // An error costs the effect of this one message or event only.
    this.#guard = new Guard(faults, "worker", ignore);
    // What could not be told a worker that has died: `exit` follows. node:cluster tells workers things, too.
    worker.on(
      "error",
      this.#guard.entry((error: NodeJS.ErrnoException) => this.#failed(error)),
    );
    if (this.#isProcess) closeUnclaimedSockets(worker);
    worker.on(
      "message",
      this.#guard.entry((message: unknown) => this.#onMessage(message)),
    );
    worker.once(
      "exit",
      this.#guard.entry((code: number, signal: string | null) => this.#exited(signal ?? code)),
    );
    this.#watch = setInterval(
      this.#guard.entry(() => this.#lookAlive()),
      ALIVE_INTERVAL_MS,
    );
  }

  /** Without a descriptor or memory for it there is none, no `exit` of it, and nothing it could be told by. */
  get #isProcess(): boolean {
    return this.#worker.process.pid !== undefined;
  }

  tell(message: ToWorker, onSent: () => void = ignore): void {
    if (this.#worker.isConnected()) this.#worker.send(message, onSent);
  }

  /** Who publishes a stream now; nobody if there is no owner. */
  tellOwner(stream: string, owner: Owner | undefined): void {
    this.#owners.set(stream, owner);
  }

  /** Resolves with undefined if there is no answer in time. Never rejects. */
  ask<Question extends keyof Answers>(
    about: Question,
    more: Pick<Extract<ToWorker, { kind: "question" }>, "call" | "file"> = {},
    withinMs: number = ANSWER_MS,
  ): Promise<Answers[Question] | undefined> {
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve) => {
      const done = (answer: unknown): void => {
        clearTimeout(timer);
        this.#questions.delete(request);
        resolve(answer as Answers[Question] | undefined);
      };
      const timer = setTimeout(done, withinMs, undefined);
      this.#questions.set(request, done);
      this.tell({ kind: "question", request, about, ...more });
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#worker.process.kill(signal);
  }

  #onMessage(message: unknown): void {
    const heard = readFromWorker(message);
    if (heard?.kind === "answer") this.#questions.get(heard.request)?.(heard.answer);
    else if (heard) this.#owner.onMessage(heard);
  }

  #lookAlive(): void {
    this.#unanswered += 1;
    if (this.#unanswered > MAX_UNANSWERED) {
      clearInterval(this.#watch);
      this.#owner.onHanging();
      return this.signal("SIGKILL");
    }
    this.#guard.settle(this.ask("alive"), (answer) => {
      if (answer) this.#unanswered = 0;
    });
  }

  #failed({ code, message }: NodeJS.ErrnoException): void {
    if (!this.#isProcess) this.#exited(code ?? message);
  }

  #exited(reason: string | number): void {
    if (this.#hasExited) return;
    this.#hasExited = true;
    clearInterval(this.#watch);
    for (const done of [...this.#questions.values()]) done(undefined);
    this.#owner.onExit(reason);
  }
}

function ignore(): void {}
