import { type Faults, Guard } from "@headgate/transport";
import type { Logger } from "pino";
import type { Conversation, Heard, Report } from "./conversation.ts";
import type { OpenQuestions } from "./open-questions.ts";

/** At once, besides the questions: reports are not urgent. */
const MAX_UNDER_WAY = 32;

/** Of one session. A session that starts and stops faster than its hook listens has no more to tell than this. */
const MAX_OF_SESSION = 32;

/** Of all sessions: what ten thousand sessions have to tell when they end together. Each has about a KB. */
const MAX_WAITING = 20_000;

/** How long to wait after a failure: twice as long each time. Milliseconds. */
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;

/** A report that could not be delivered for so long is dropped. Milliseconds. */
const MAX_AGE_MS = 300_000;

/** A report that waits, and in which conversation. */
interface Unpublished {
  readonly conversation: Conversation;
  readonly report: Report;
}

/** What comes before a question. */
interface Preceding {
  /** Those of the session that is asked about. */
  readonly questions: OpenQuestions;
  /** What the session has done. */
  readonly own?: Conversation | undefined;
  /** Of a stream that other sessions have published. */
  readonly path?: string;
}

export interface ReportsContext {
  readonly faults: Faults;
  readonly log: Logger;
  /** Milliseconds, never running backward. */
  readonly now: () => number;
}

/**
 * What the server at one URL is told: each session's reports one after the other, those of different sessions beside each
 * other. While the server fails, they wait.
 */
export class Reports {
  readonly #context: ReportsContext;
  readonly #guard: Guard;
  /** Conversations with something to tell, of which none is under way. */
  readonly #ready = new Set<Conversation>();
  /** What says that a stream is no longer published and has still to be told, by the path of the stream. */
  readonly #unpublished = new Map<string, Unpublished>();
  #waiting = 0;
  #dropped = 0;
  #underWay = 0;
  #failures = 0;
  #pause: NodeJS.Timeout | undefined;
  #onIdle: (() => void) | undefined;

  constructor(context: ReportsContext) {
    this.#context = context;
    this.#guard = new Guard(context.faults, "task", () => {});
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** How many were never delivered. */
  get dropped(): number {
    return this.#dropped;
  }

  add(conversation: Conversation, report: Report): void {
    if (conversation.reports.length >= MAX_OF_SESSION || this.#waiting >= MAX_WAITING)
      return this.#drop(report, "too many reports wait");
    conversation.reports.push(report);
    this.#waiting += 1;
    const { event, stream } = report.call;
    if (event === "unpublish" && stream) this.#unpublished.set(stream.key.path, { conversation, report });
    conversation.questions.whenNone(() => this.#wake(conversation));
  }

  /**
   * Tells now, also after a failure, what must be known before a question. Resolves when that was tried, or at the deadline.
   */
  async tellFirst({ questions, own, path }: Preceding, deadline: AbortSignal): Promise<void> {
    const last = own?.reports.at(-1);
    const awaited: Unpublished[] = own && last ? [{ conversation: own, report: last }] : [];
    const other = path === undefined ? undefined : this.#unpublished.get(path);
    if (other && other.conversation.questions !== questions) awaited.push(other);
    const told = awaited.map(({ conversation, report }) => conversation.told(report, deadline));
    for (const { conversation } of awaited)
      if (!conversation.isTelling && !conversation.questions.areThere) this.#tell(conversation);
    await Promise.all(told);
  }

  /** Resolves when everything has been told, or when the server fails. */
  async finish(): Promise<void> {
    if (this.#waiting === 0 || this.#pause) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  close(): void {
    clearTimeout(this.#pause);
    this.#ready.clear();
  }

  #wake(conversation: Conversation): void {
    if (conversation.isTelling || conversation.reports.length === 0) return;
    this.#ready.add(conversation);
    this.#tellNext();
  }

  #tellNext(): void {
    for (const conversation of this.#ready) {
      if (this.#pause || this.#underWay >= MAX_UNDER_WAY) return;
      this.#tell(conversation);
    }
  }

  #tell(conversation: Conversation): void {
    const [report] = conversation.reports;
    this.#ready.delete(conversation);
    if (!report) return conversation.endTelling();
    conversation.isTelling = true;
    this.#underWay += 1;
    const onHeard = (heard: Heard): void => {
      this.#underWay -= 1;
      this.#heard(conversation, report, heard);
    };
    this.#guard.settle(conversation.tell(report.call), onHeard, (error) => {
      this.#guard.fail(error);
      onHeard("allow");
    });
  }

  #heard(conversation: Conversation, report: Report, heard: Heard): void {
    const isFailed = heard === "again" && report.call.event !== "update";
    if (isFailed) this.#failed();
    else if (heard !== "again") this.#succeeded();
    if (isFailed && this.#context.now() - report.addedMs < MAX_AGE_MS) {
      this.#ready.add(conversation);
      conversation.endTelling();
    } else {
      this.#remove(conversation, report);
      if (isFailed) this.#drop(report, "the server does not answer");
      if (heard === "deny") report.onDenied?.();
    }
    this.#tellNext();
    this.#tellIdle();
  }

  #remove(conversation: Conversation, report: Report): void {
    const path = report.call.stream?.key.path ?? "";
    conversation.removeFirst();
    this.#waiting -= 1;
    if (this.#unpublished.get(path)?.report === report) this.#unpublished.delete(path);
    if (conversation.reports.length === 0) return conversation.endTelling();
    conversation.isTelling = false;
    conversation.questions.whenNone(() => this.#wake(conversation));
  }

  #failed(): void {
    if (this.#pause) return;
    if (this.#failures === 0)
      this.#context.log.warn({ waiting: this.#waiting }, "hook does not hear reports; they wait");
    const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#pause = setTimeout(
      this.#guard.entry(() => {
        this.#pause = undefined;
        this.#tellNext();
      }),
      pauseMs,
    ).unref();
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#context.log.info({ waiting: this.#waiting }, "hook hears reports again");
    this.#failures = 0;
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  #tellIdle(): void {
    if (this.#waiting > 0 && !this.#pause) return;
    this.#onIdle?.();
    this.#onIdle = undefined;
  }

  #drop({ call: { event, session } }: Report, reason: string): void {
    this.#dropped += 1;
    this.#context.log.warn({ event, session: session.id, reason }, "hook report dropped");
  }
}
