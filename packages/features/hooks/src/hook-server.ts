import { type Trust, trustingConnector } from "@headgate/http-client";
import { type Faults, Guard } from "@headgate/transport";
import { type Dispatcher, Pool } from "undici";
import type { HookReply } from "./answer.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { failureOf, HookFailure } from "./hook-failure.ts";
import type { HookUrl } from "./hook-url.ts";
import { Lane } from "./lane.ts";

/**
 * Questions at once, each on a connection of its own: a thousand encoders that come at one moment have their answers after twice
 * the time that the server takes for one.
 */
const MAX_QUESTIONS_UNDER_WAY = 512;

/** Questions in line; of those behind, none would be answered in time. Each has some KB. */
const MAX_QUESTIONS_WAITING = 2_048;

/** The time for one connection, which leaves time for a second attempt. Milliseconds. */
const CONNECT_MS = 1_000;

/** The head and the body of a reply. What a hook has to say fits in a few hundred. Bytes. */
const MAX_HEAD_BYTES: number = 16 * 1024;
const MAX_BODY_BYTES: number = 64 * 1024;

/** An idle connection is kept for so long unless the server says otherwise. Milliseconds. */
const KEEP_ALIVE_MS = 30_000;

export interface ServerContext {
  readonly faults: Faults;
  readonly trust: Trust;
  /** Milliseconds, never running backward. */
  readonly now: () => number;
}

export interface HookRequest {
  readonly method: "GET" | "POST";
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface HookQuestion {
  /** Of the address that asks, from `addressKey`. */
  readonly turnKey: string;
  /** Builds the request when its turn has come. */
  readonly request: () => HookRequest;
  /** From its turn to the answer. */
  readonly timeoutMs: number;
}

/** The server at one URL: its connections, and how it fares. */
export class HookServer {
  readonly #pool: Pool;
  readonly #guard: Guard;
  readonly #questions: Lane;
  readonly #breaker = new CircuitBreaker();
  readonly #now: () => number;
  /** Requests of peers that have asked it, or have still to ask it. */
  #users = 0;
  #isClosing = false;

  constructor(url: HookUrl, { faults, trust, now }: ServerContext) {
    this.#now = now;
    this.#guard = new Guard(faults, "task", () => {});
    this.#questions = new Lane(
      { maxUnderWay: MAX_QUESTIONS_UNDER_WAY, maxWaiting: MAX_QUESTIONS_WAITING },
      this.#guard,
    );
    this.#pool = new Pool(url.origin, {
      connect: trustingConnector(trust, CONNECT_MS),
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEAD_BYTES,
      maxResponseSize: MAX_BODY_BYTES,
      // Each request has a deadline of its own, which counts from its beginning.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  get isCircuitOpen(): boolean {
    return this.#breaker.isOpen;
  }

  /**
   * Makes the request of a question in its turn, which must come before `deadline`, unless the server is left alone. Rejects with a
   * HookFailure.
   */
  async ask({ turnKey, request, timeoutMs }: HookQuestion, deadline: AbortSignal): Promise<HookReply> {
    if (!this.#breaker.admits(this.#now())) throw new HookFailure("circuit open", "it has failed too often");
    const ask = () => this.#try(turnKey, this.tell(request(), AbortSignal.timeout(timeoutMs)));
    return this.#questions.run(turnKey, ask, deadline);
  }

  /** Makes a request now. Rejects with a HookFailure. */
  async tell(request: HookRequest, deadline: AbortSignal): Promise<HookReply> {
    try {
      const reply = await this.#inTime(this.#attempts(request, deadline), deadline);
      if (reply.status >= 500) throw new HookFailure("status", `status ${reply.status}`, reply.status);
      return reply;
    } catch (error) {
      throw failureOf(error);
    }
  }

  /** Only questions count: a server that cannot read a report may well decide. */
  async #try(turnKey: string, question: Promise<HookReply>): Promise<HookReply> {
    try {
      const reply = await question;
      this.#breaker.answered();
      return reply;
    } catch (error) {
      this.#note(failureOf(error), turnKey);
      throw error;
    }
  }

  /** A server that answers something is there, and may do better with the next question. */
  #note({ kind }: HookFailure, turnKey: string): void {
    if (kind === "unreachable") this.#breaker.failed("anybody", this.#now());
    else if (kind === "broken" || kind === "timed out") this.#breaker.failed(turnKey, this.#now());
    else this.#breaker.answered();
  }

  /** Keeps it from being closed until the function that this returns is called. */
  use(): () => void {
    this.#users += 1;
    return () => {
      this.#users -= 1;
      this.#closeUnused();
    };
  }

  /** Closes its connections when no request is under way, and nobody uses it. */
  close(): void {
    this.#isClosing = true;
    this.#closeUnused();
  }

  #closeUnused(): void {
    if (!this.#isClosing || this.#users > 0) return;
    this.#isClosing = false;
    this.#guard.settle(this.#pool.close(), () => {});
  }

  destroy(): void {
    this.#guard.settle(this.#pool.destroy(), () => {});
  }

  /** A connection may be gone, or the server have started again: that is tried twice. A reply is final. */
  async #attempts(request: HookRequest, deadline: AbortSignal): Promise<HookReply> {
    try {
      return await this.#attempt(request, deadline);
    } catch (error) {
      const { kind } = failureOf(error);
      if ((kind !== "unreachable" && kind !== "broken") || deadline.aborted) throw error;
      return await this.#attempt(request, deadline);
    }
  }

  async #attempt({ method, target, headers, body }: HookRequest, signal: AbortSignal): Promise<HookReply> {
    const options: Dispatcher.RequestOptions = { method, path: target, headers, signal, body: body ?? null };
    const reply = await this.#pool.request(options);
    const { location } = reply.headers;
    return {
      status: reply.statusCode,
      location: typeof location === "string" ? location : undefined,
      body: await reply.body.text(),
    };
  }

  /** undici does not give up a request that waits for its connection. */
  #inTime<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const expire = this.#guard.entry(() => reject(deadline.reason));
      deadline.addEventListener("abort", expire, { once: true });
      this.#guard.settle(work, resolve, reject);
    });
  }
}
