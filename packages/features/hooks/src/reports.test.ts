import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Conversation, type Heard } from "./conversation.ts";
import { hookCall, keyOf, streamFacts } from "./hook-call.test.helper.ts";
import type { HookCall, HookEvent } from "./hook-call.ts";
import { OpenQuestions } from "./open-questions.ts";
import { Reports } from "./reports.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const never = new AbortController().signal;

/** What another session waits for that wants to publish the stream. */
const ANOTHER = { questions: new OpenQuestions(), path: "live/cam" };

/** A server that hears reports, and what it has heard. */
class Listener {
  readonly heard: string[] = [];
  readonly faults: unknown[] = [];
  readonly reports: Reports;
  says: Heard = "allow";
  /** Whether it answers only when it is told to. */
  isSlow = false;
  readonly #answers: (() => void)[] = [];

  constructor() {
    this.reports = new Reports({
      faults: { report: (_, error) => this.faults.push(error), unrecoverable: () => {} },
      log: pino({ level: "silent" }),
      now: () => performance.now(),
    });
  }

  conversation(name: string): Conversation {
    return new Conversation(async ({ event }: HookCall) => {
      const { says } = this;
      this.heard.push(`${name} ${event}`);
      if (this.isSlow) await new Promise<void>((resolve) => this.#answers.push(resolve));
      return says;
    }, new OpenQuestions());
  }

  add(conversation: Conversation, event: HookEvent, onDenied = () => {}, name = "cam"): void {
    const call = hookCall(event, { stream: streamFacts({ key: keyOf("live", name) }) });
    this.reports.add(conversation, { call, addedMs: performance.now(), onDenied });
  }

  async answer(): Promise<void> {
    for (const answer of this.#answers.splice(0)) answer();
    await vi.advanceTimersByTimeAsync(0);
  }
}

describe("reports of one session", () => {
  it("are told one after the other", async () => {
    const listener = new Listener();
    listener.isSlow = true;
    const session = listener.conversation("a");
    for (const event of ["unpublish", "done", "close"] as const) listener.add(session, event);
    for (const told of [1, 2, 3]) {
      expect(listener.heard).toHaveLength(told);
      await listener.answer();
    }
    expect(listener.heard).toEqual(["a unpublish", "a done", "a close"]);
    expect(listener.reports.waiting).toBe(0);
  });

  it("are told again until they are heard, later each time, and in order", async () => {
    const listener = new Listener();
    listener.says = "again";
    const session = listener.conversation("a");
    listener.add(session, "unpublish");
    listener.add(session, "close");
    const triesWithin = async (ms: number) => {
      const before = listener.heard.length;
      await vi.advanceTimersByTimeAsync(ms);
      return listener.heard.length - before;
    };
    expect(await triesWithin(0)).toBe(0);
    expect(listener.heard).toEqual(["a unpublish"]);
    expect([await triesWithin(500), await triesWithin(1_000), await triesWithin(2_000)]).toEqual([1, 1, 1]);
    listener.says = "allow";
    await triesWithin(4_000);
    expect(listener.heard.slice(-2)).toEqual(["a unpublish", "a close"]);
    expect(listener.reports.dropped).toBe(0);
  });

  it("are dropped and counted after five minutes", async () => {
    const listener = new Listener();
    listener.says = "again";
    listener.add(listener.conversation("a"), "unpublish");
    await vi.advanceTimersByTimeAsync(290_000);
    expect([listener.reports.waiting, listener.reports.dropped]).toEqual([1, 0]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([listener.reports.waiting, listener.reports.dropped]).toEqual([0, 1]);
  });

  it("beyond 32 are dropped and counted", () => {
    const listener = new Listener();
    listener.isSlow = true;
    const session = listener.conversation("a");
    for (let i = 0; i < 40; i += 1) listener.add(session, "stop");
    expect([listener.reports.waiting, listener.reports.dropped]).toEqual([32, 8]);
  });

  it("wait for the answer to a question that is open", async () => {
    const listener = new Listener();
    const session = listener.conversation("a");
    let answer = (): void => {};
    const asking = session.questions.during(() => new Promise<void>((resolve) => (answer = resolve)));
    listener.add(session, "unpublish");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(listener.heard).toEqual([]);
    answer();
    await asking;
    await vi.advanceTimersByTimeAsync(0);
    expect(listener.heard).toEqual(["a unpublish"]);
  });
});

describe("reports of several sessions", () => {
  it("do not wait for each other, but for 32 at once", async () => {
    const listener = new Listener();
    listener.isSlow = true;
    for (let i = 0; i < 40; i += 1) listener.add(listener.conversation(`${i}`), "close");
    expect(listener.heard).toHaveLength(32);
    await listener.answer();
    expect(listener.heard).toHaveLength(40);
  });

  it("beyond 20,000 are dropped and counted", () => {
    const listener = new Listener();
    listener.isSlow = true;
    const report = { call: hookCall("close"), addedMs: performance.now() };
    for (let i = 0; i < 20_002; i += 1) listener.reports.add(listener.conversation(`${i}`), report);
    expect([listener.reports.waiting, listener.reports.dropped]).toEqual([20_000, 2]);
  });

  it("wait together while the server fails", async () => {
    const listener = new Listener();
    listener.says = "again";
    listener.add(listener.conversation("a"), "close");
    await vi.advanceTimersByTimeAsync(0);
    listener.add(listener.conversation("b"), "close");
    await vi.advanceTimersByTimeAsync(400);
    expect(listener.heard).toEqual(["a close"]);
    listener.says = "allow";
    await vi.advanceTimersByTimeAsync(200);
    expect(listener.heard.toSorted()).toEqual(["a close", "a close", "b close"]);
  });
});

describe("before a stream is published", () => {
  it("its last unpublish is told, whoever's it was, and also while the server failed", async () => {
    const listener = new Listener();
    listener.says = "again";
    listener.add(listener.conversation("old"), "unpublish");
    listener.add(listener.conversation("other"), "unpublish", () => {}, "other");
    await vi.advanceTimersByTimeAsync(0);
    listener.says = "allow";
    const before = listener.heard.length;
    await listener.reports.tellFirst(ANOTHER, never);
    expect(listener.heard[before]).toBe("old unpublish");
  });

  it("no more is awaited of the session that had published it", async () => {
    const listener = new Listener();
    listener.isSlow = true;
    const old = listener.conversation("old");
    for (const event of ["unpublish", "done", "close"] as const) listener.add(old, event);
    const onTold = vi.fn();
    void listener.reports.tellFirst(ANOTHER, never).then(onTold);
    await vi.advanceTimersByTimeAsync(0);
    expect(onTold).not.toHaveBeenCalled();
    await listener.answer();
    expect(onTold).toHaveBeenCalledOnce();
    expect(listener.heard).toEqual(["old unpublish", "old done"]);
  });

  it("nothing is awaited for longer than the question may take", async () => {
    const listener = new Listener();
    listener.isSlow = true;
    const session = listener.conversation("a");
    listener.add(session, "unpublish");
    const deadline = new AbortController();
    const first = listener.reports.tellFirst({ questions: session.questions, own: session }, deadline.signal);
    deadline.abort();
    await expect(first).resolves.toBeUndefined();
  });
});

describe("an update", () => {
  it("that is refused ends the session; one that is not heard is not told again", async () => {
    const listener = new Listener();
    const onDenied = vi.fn();
    listener.says = "again";
    listener.add(listener.conversation("a"), "update", onDenied);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(listener.heard).toEqual(["a update"]);
    expect(onDenied).not.toHaveBeenCalled();
    listener.says = "deny";
    listener.add(listener.conversation("b"), "update", onDenied);
    await vi.advanceTimersByTimeAsync(0);
    expect(onDenied).toHaveBeenCalledOnce();
  });
});

describe("when the server ends", () => {
  it("it waits for what is to be told, but not for a hook that fails", async () => {
    const listener = new Listener();
    listener.isSlow = true;
    listener.add(listener.conversation("a"), "close");
    const finished = vi.fn();
    const finishing = listener.reports.finish().then(finished);
    await vi.advanceTimersByTimeAsync(100);
    expect(finished).not.toHaveBeenCalled();
    await listener.answer();
    await finishing;
    listener.isSlow = false;
    listener.says = "again";
    listener.add(listener.conversation("b"), "close");
    await listener.reports.finish();
    await listener.reports.finish();
    expect(listener.reports.waiting).toBe(1);
  });
});
