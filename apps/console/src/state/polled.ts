import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, ask } from "../api/ask.ts";
import { leave } from "./session.ts";

/** The newest answer, and why there is no newer one. */
export interface Polled<Reply> {
  readonly reply: Reply | undefined;
  readonly problem: string | undefined;
  /** Asks again at once. */
  readonly again: () => void;
}

interface State<Reply> {
  readonly path: string;
  readonly reply?: Reply;
  readonly problem?: string;
}

/** Asks for a path as long as the component is shown and the page is looked at: the next time `everyMs` after each answer. */
export function usePolled<Reply>(path: string, everyMs: number | ((reply: Reply) => number)): Polled<Reply> {
  const [state, setState] = useState<State<Reply>>({ path });
  const askNow = useRef(() => {});
  const every = useRef(everyMs);
  every.current = everyMs;
  useEffect(() => {
    const poll = new Poll<Reply>(path, (reply) => waitOf(every.current, reply), setState);
    askNow.current = () => poll.ask();
    void poll.ask();
    return () => poll.end();
  }, [path]);
  const isOwn = state.path === path;
  return {
    reply: isOwn ? state.reply : undefined,
    problem: isOwn ? state.problem : undefined,
    again: () => askNow.current(),
  };
}

function waitOf<Reply>(every: number | ((reply: Reply) => number), reply: Reply | undefined): number {
  if (typeof every === "number") return every;
  return reply === undefined ? RETRY_MS : every(reply);
}

/** After a failure. */
const RETRY_MS = 3_000;

class Poll<Reply> {
  readonly #path: string;
  readonly #waitMs: (reply: Reply | undefined) => number;
  readonly #tell: (state: State<Reply>) => void;
  #reply: Reply | undefined;
  #abort = new AbortController();
  #timer: number | undefined;
  readonly #onLook = (): void => {
    if (!document.hidden) void this.ask();
  };

  constructor(
    path: string,
    waitMs: (reply: Reply | undefined) => number,
    tell: (state: State<Reply>) => void,
  ) {
    this.#path = path;
    this.#waitMs = waitMs;
    this.#tell = tell;
    document.addEventListener("visibilitychange", this.#onLook);
  }

  async ask(): Promise<void> {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    try {
      const reply = await ask<Reply>(this.#path, { signal });
      if (signal.aborted) return;
      this.#reply = reply;
      this.#tell({ path: this.#path, reply });
    } catch (error) {
      if (signal.aborted) return;
      this.#failed(error);
    }
    if (!document.hidden) this.#timer = setTimeout(() => this.ask(), this.#waitMs(this.#reply));
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
    document.removeEventListener("visibilitychange", this.#onLook);
  }

  /** What was known stays on the screen, unless it is gone. */
  #failed(error: unknown): void {
    if (error instanceof ApiError && error.status === 401) return leave(error.message);
    const problem = (error as Error).message;
    const isGone = error instanceof ApiError && error.status === 404;
    const reply = isGone ? undefined : this.#reply;
    this.#tell({ path: this.#path, problem, ...(reply !== undefined && { reply }) });
  }
}
