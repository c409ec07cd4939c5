/** How many lines of one kind are written: a burst, and then a number per second. */
interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * For the lines of sessions and streams. A busy server has hundreds of sessions a minute, and 600 of them are logged in full.
 * A peer that connects as fast as it can causes three or four kinds of line.
 */
const USUAL: Rate = { burst: 40, perSecond: 10 };

/** For warnings and errors: more than a few of one kind tell nothing new. */
const PROBLEM: Rate = { burst: 20, perSecond: 2 };

/** The least burst of each kind that one worker may write, however many workers there are. */
const LEAST_BURST = 5;

/** pino's number of the level `warn`. */
const WARN = 40;
/** pino's number of the level `info`. */
const INFO = 30;

/** How many kinds are distinguished at once. There are about a hundred. Kinds that are idle give way to new ones. */
const MAX_KINDS = 500;

interface Budget {
  left: number;
  atMs: number;
  omitted: number;
}

/**
 * Limits the log lines that peers can cause, over all connections: of each kind a number is written, and the next line says how
 * many were omitted. A flood of one kind hides no other kind.
 */
export class LineBudgets {
  readonly #budgets = new Map<string, Budget>();
  readonly #usual: Rate;
  readonly #problem: Rate;
  /** After so long without a line each kind has its whole burst again. */
  readonly #idleMs: number;

  /** The processes of one server share the lines of one. */
  constructor(processes: number = 1) {
    this.#usual = shareOf(USUAL, processes);
    this.#problem = shareOf(PROBLEM, processes);
    this.#idleMs =
      Math.max(...[this.#usual, this.#problem].map(({ burst, perSecond }) => burst / perSecond)) * 1_000;
  }

  /** Whether a line may be written now; if so, how many of its kind were omitted before it. */
  take(level: number, kind: string, nowMs: number): { readonly omitted: number } | undefined {
    // An operator who sets a level below `info` wants everything.
    if (level < INFO) return { omitted: 0 };
    const rate = level >= WARN ? this.#problem : this.#usual;
    const budget = this.#budgetOf(`${level >= WARN} ${kind}`, rate, nowMs);
    refill(budget, rate, nowMs);
    if (budget.left < 1) {
      budget.omitted += 1;
      return undefined;
    }
    budget.left -= 1;
    const { omitted } = budget;
    budget.omitted = 0;
    return { omitted };
  }

  #budgetOf(kind: string, { burst }: Rate, nowMs: number): Budget {
    const known = this.#budgets.get(kind);
    if (known) return known;
    if (this.#budgets.size >= MAX_KINDS) this.#forgetIdle(nowMs);
    const key = this.#budgets.size >= MAX_KINDS ? OTHERS : kind;
    const budget = this.#budgets.get(key) ?? { left: burst, atMs: nowMs, omitted: 0 };
    this.#budgets.set(key, budget);
    return budget;
  }

  /** All that is lost is how many lines of these kinds were omitted last. */
  #forgetIdle(nowMs: number): void {
    for (const [kind, { atMs }] of this.#budgets)
      if (nowMs - atMs >= this.#idleMs) this.#budgets.delete(kind);
  }
}

/** All kinds beyond MAX_KINDS. */
const OTHERS = "others";

function shareOf({ burst, perSecond }: Rate, processes: number): Rate {
  return { burst: Math.max(LEAST_BURST, burst / processes), perSecond: perSecond / processes };
}

function refill(budget: Budget, { burst, perSecond }: Rate, nowMs: number): void {
  budget.left = Math.min(burst, budget.left + ((nowMs - budget.atMs) / 1000) * perSecond);
  budget.atMs = nowMs;
}

/**
 * The kind of a line: its code, or else its message and reason. Messages with a code may contain numbers. A code of another server
 * is no kind, because servers can invent more of them; such codes have a dot, and ours have none.
 */
export function kindOfLine(fields: unknown, message: unknown): string {
  const { code, reason } = (typeof fields === "object" && fields !== null ? fields : {}) as Record<
    string,
    unknown
  >;
  if (typeof code === "string" && !code.includes(".")) return code;
  return `${typeof fields === "string" ? fields : message} ${typeof reason === "string" ? reason : ""}`;
}
