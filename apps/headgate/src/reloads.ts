import type { ReloadOutcome } from "@headgate/api";
import { type Faults, Guard } from "@headgate/transport";
import type { Logger } from "pino";
import type { ConfigState, NextConfig, UsableConfig } from "./config-state.ts";
import type { ReadConfig } from "./read-config.ts";
import type { Preparation } from "./server-config.ts";

/** What a configuration is put in force in. */
export interface Reloadable {
  readonly faults: Faults;
  prepare(next: NextConfig): Promise<Preparation>;
}

export interface ReloadsOptions {
  readonly state: ConfigState;
  readonly server: Reloadable;
  /** Reads the file again. */
  readonly read: () => ReadConfig;
  /** What else is wrong with a configuration. */
  readonly check: (read: UsableConfig) => readonly string[];
  readonly log: Logger;
}

/** Who wants the configuration to be read again, for the log. */
type Trigger = "file" | "signal" | "request";

/** Puts the configuration in force as it is written now: all of it, or nothing if there is a mistake in it. One after the other. */
export class Reloads {
  readonly #options: ReloadsOptions;
  readonly #guard: Guard;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ReloadsOptions) {
    this.#options = options;
    this.#guard = new Guard(options.server.faults, "task", () => {});
  }

  /** Never rejects. */
  reload(trigger: Trigger): Promise<ReloadOutcome> {
    const outcome = this.#reloadAfter(this.#last, trigger);
    this.#last = outcome;
    return outcome;
  }

  async #reloadAfter(before: Promise<unknown>, trigger: Trigger): Promise<ReloadOutcome> {
    await before;
    try {
      return await this.#reload(trigger);
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** The same for those who do not wait for it. */
  start(trigger: Trigger): void {
    this.#guard.settle(this.reload(trigger), () => {});
  }

  async #reload(trigger: Trigger): Promise<ReloadOutcome> {
    const { state, server, read, check, log } = this.#options;
    const next = state.judge(read());
    if ("problems" in next) return this.#refuse(trigger, next.problems);
    const others = check(next.read);
    if (others.length > 0) return this.#refuse(trigger, others);
    const prepared = await server.prepare(next);
    if (prepared.problems.length > 0) {
      await prepared.abandon();
      return this.#refuse(trigger, prepared.problems);
    }
    const committed = prepared.commit();
    state.adopt(next);
    await committed;
    const { changes } = next;
    for (const warning of next.warnings) log.warn({ config: next.read.from }, warning);
    log.info({ trigger, changes }, "configuration reloaded");
    return { changes };
  }

  #refuse(trigger: Trigger, problems: readonly string[]): ReloadOutcome {
    this.#options.log.error({ trigger, problems }, "configuration not reloaded; the one in force stays");
    return { problems };
  }

  #failed(error: unknown): ReloadOutcome {
    this.#guard.fail(error);
    return { problems: ["internal error: see the log"] };
  }
}
