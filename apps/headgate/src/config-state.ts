import type { ChangeReply } from "@headgate/api";
import type { ConfigFile, Reload } from "@headgate/config";
import { type Config, configInForce } from "./config/load-config.ts";
import { changesOf } from "./config/restart-keys.ts";
import { findingsIn } from "./config-findings.ts";
import type { ReadConfig } from "./read-config.ts";

/** A configuration without mistakes. */
export type UsableConfig = Extract<ReadConfig, { readonly config: Config }>;

/** A configuration that may follow the one in force. */
export interface NextConfig {
  readonly read: UsableConfig;
  readonly config: Config;
  readonly changes: readonly ChangeReply[];
  readonly warnings: readonly string[];
}

/** The files with which another process has the same configuration in force; null stands for none. */
export interface ConfigFiles {
  readonly started: ConfigFile | null;
  readonly last: ConfigFile | null;
}

const IN_FORCE: Readonly<Record<Reload, ChangeReply["in_force"]>> = {
  live: "now",
  listener: "now",
  sessions: "new sessions",
  restart: "after a restart",
};

/** The configuration of this process: the one it was started with, and the last one that was put in force. */
export class ConfigState {
  readonly #started: UsableConfig;
  readonly #finish: (config: Config) => Config;
  #last: UsableConfig;
  #config: Config;

  /** `finish` adds what the command line says. */
  constructor(started: UsableConfig, finish: (config: Config) => Config) {
    this.#started = started;
    this.#finish = finish;
    this.#last = started;
    this.#config = finish(started.config);
  }

  /** The one in force. */
  get config(): Config {
    return this.#config;
  }

  /** Where it comes from, if there is a file. */
  get from(): string | undefined {
    return this.#last.from;
  }

  /** A process that is started later has what the others have. */
  catchUp(last: ReadConfig): void {
    const next = this.judge(last);
    if (!("problems" in next)) this.adopt(next);
  }

  get files(): ConfigFiles {
    return { started: this.#started.file ?? null, last: this.#last.file ?? null };
  }

  /** What comes of a file that was read, or all of its mistakes. */
  judge(read: ReadConfig): NextConfig | { readonly problems: readonly string[] } {
    if (!read.config) return { problems: read.problems };
    const { config, problems } = configInForce(
      this.#started.written.options,
      read.written.options,
      read.config.memoryBytes,
    );
    if (!config) return { problems };
    const { mistakes, warnings } = findingsIn(config);
    if (mistakes.length > 0) return { problems: mistakes };
    const changed = changesOf(this.#started.written, this.#last.written, read.written);
    const changes = changed.map(({ key, reload }) => ({ key, in_force: IN_FORCE[reload] }));
    return { read, config: this.#finish(config), changes, warnings };
  }

  /** It is in force now. */
  adopt({ read, config }: Pick<NextConfig, "read" | "config">): void {
    this.#last = read;
    this.#config = config;
  }
}
