import {
  type ClientContext,
  type ClientProblem,
  ClientStream,
  type ClientStreamOwner,
  type ClientStreamRequest,
} from "@headgate/client";
import type { RtmpUrl } from "@headgate/session";
import { Guard } from "@headgate/transport";
import { Backoff } from "./backoff.ts";
import type { RelayStatus } from "./relay-status.ts";
import type { RelaySpan, RelayTracer } from "./relay-tracer.ts";

/** Identifies a relay, in logs and for operators. */
export interface RelayName {
  readonly kind: "pull" | "push";
  /** `application/name`. */
  readonly stream: string;
}

/** What a kind of relay decides. */
export interface RelayOwner extends Omit<ClientStreamOwner, "onOver"> {
  /** What to connect to now; undefined: nothing is to be done any more. "later": not now. */
  nextRequest(): ClientStreamRequest | "later" | undefined;
  /** The connection is gone, without a problem if this side has ended it; another one comes. */
  onInterrupted(problem: ClientProblem | undefined): void;
  /** The last call. */
  onOver(): void;
}

/** How soon a relay that has nothing to do asks again. Milliseconds. */
const LATER_MS = 1_000;

const INTERNAL_ERROR: ClientProblem = {
  code: "INTERNAL_ERROR",
  message: "ended by an internal error",
};

/** A connection to a server that is made again, with growing delays, for as long as it is wanted, also after a fault. */
export class Relay {
  readonly #context: ClientContext;
  readonly #name: RelayName;
  readonly #owner: RelayOwner;
  readonly #tracer: RelayTracer | undefined;
  #span: RelaySpan | undefined;
  readonly #backoff = new Backoff();
  #outgoing: ClientStream | undefined;
  #target: RtmpUrl | undefined;
  #state: RelayStatus["state"] = "connecting";
  #timer: NodeJS.Timeout | undefined;
  #startedMs = 0;
  #earlierBytes = 0;
  #retries = 0;
  #lastError: RelayStatus["lastError"];
  #isEnded = false;
  /** Guards this attempt, and the wait before it. */
  #guard: Guard;

  constructor(context: ClientContext, name: RelayName, owner: RelayOwner, tracer: RelayTracer | undefined) {
    this.#tracer = tracer;
    this.#context = context;
    this.#name = name;
    this.#owner = owner;
    this.#guard = this.#newGuard();
  }

  get status(): RelayStatus {
    return {
      ...this.#name,
      target: String(this.#target ?? ""),
      state: this.#state,
      bytes: this.#earlierBytes + (this.#outgoing?.bytes ?? 0),
      retries: this.#retries,
      lastError: this.#lastError,
    };
  }

  /** Whether it is over, though its connection may take a moment to close. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The connection, while there is one. */
  get outgoing(): ClientStream | undefined {
    return this.#outgoing;
  }

  /** Guards what happens to the relay outside of its connection. */
  get guard(): Guard {
    return this.#guard;
  }

  start(): void {
    this.#span = this.#tracer?.relay(this.#name);
    this.#guard.run(() => this.#connect());
  }

  /** Connects now if it waits. */
  retryNow(): void {
    if (this.#isEnded || this.#state !== "waiting") return;
    clearTimeout(this.#timer);
    this.#guard.run(() => this.#connect());
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#span?.end();
    clearTimeout(this.#timer);
    this.#logEnd();
    if (this.#outgoing) this.#outgoing.end();
    else this.#owner.onOver();
  }

  #connect(): void {
    const request = this.#owner.nextRequest();
    if (request === undefined) return this.end();
    if (request === "later") return this.#connectAfter(LATER_MS);
    this.#state = "connecting";
    this.#target = request.url;
    this.#startedMs = this.#context.driver.now();
    const outgoing: ClientStream = new ClientStream(this.#context, request, {
      onHandshake: (handshake) => this.#owner.onHandshake?.(handshake),
      onEvent: (event) => {
        if (event.kind === "started") this.#started();
        this.#owner.onEvent(event);
      },
      onWritable: () => this.#owner.onWritable(),
      onOver: (problem) => {
        if (this.#outgoing === outgoing) this.#guard.run(() => this.#interrupted(problem));
      },
    });
    this.#outgoing = outgoing;
    outgoing.start();
  }

  #newGuard(): Guard {
    return new Guard(this.#context.driver.faults, "relay", () => {
      const outgoing = this.#outgoing;
      this.#interrupted(INTERNAL_ERROR);
      outgoing?.abandon();
    });
  }

  #started(): void {
    this.#state = "running";
    this.#span?.started(String(this.#target));
    this.#context.log.info({ ...this.#name, target: String(this.#target) }, "relay started");
  }

  #interrupted(problem: ClientProblem | undefined): void {
    this.#earlierBytes += this.#outgoing?.bytes ?? 0;
    this.#outgoing = undefined;
    if (this.#isEnded) return this.#owner.onOver();
    const code = problem?.code ?? "INTERRUPTED";
    this.#lastError = { code, at: new Date().toISOString() };
    this.#span?.interrupted(String(this.#target), code);
    this.#owner.onInterrupted(problem);
    this.#retries += 1;
    const retryMs = Math.round(this.#backoff.next(this.#context.driver.now() - this.#startedMs));
    const line = {
      ...this.#name,
      target: String(this.#target),
      code,
      description: problem?.message,
      retryMs,
    };
    this.#context.log.warn(line, "relay failed");
    this.#connectAfter(retryMs);
  }

  /** At once and not when the server has closed the connection: a process that ends does not wait for that. */
  #logEnd(): void {
    const { kind, stream, target, bytes } = this.status;
    if (this.#target) this.#context.log.info({ kind, stream, target, bytes }, "relay ended");
  }

  #connectAfter(delayMs: number): void {
    this.#state = "waiting";
    this.#guard = this.#newGuard();
    this.#timer = setTimeout(
      this.#guard.entry(() => this.#connect()),
      delayMs,
    );
  }
}
