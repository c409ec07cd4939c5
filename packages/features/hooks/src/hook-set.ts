import { isDeepStrictEqual } from "node:util";
import { Applications, levelsOf, type StreamKey } from "@headgate/bus";
import type { Logger } from "pino";
import type { HookOptions, HooksOptions } from "./config.ts";
import { Hook } from "./hook.ts";
import type { HookServers } from "./hook-servers.ts";

/** What is configured: the hooks of all applications, and those of each. */
export interface HooksConfig extends HooksOptions {
  readonly applications: ReadonlyMap<string, HooksOptions>;
}

export interface HookSetContext {
  readonly servers: HookServers;
  readonly log: Logger;
  /** Milliseconds, never running backward. */
  readonly now: () => number;
}

/** The hooks in force. */
export class HookSet {
  /** Those that hear of sessions as a whole, in the order in which they are asked. */
  readonly ofSessions: readonly Hook[];
  readonly all: readonly Hook[];
  readonly #applications: Applications<HooksOptions>;
  readonly #byOptions = new Map<HookOptions, Hook>();
  readonly #context: HookSetContext;
  readonly #before: readonly Hook[];

  /** Hooks that were in force before and are configured in the same way go on. */
  constructor({ hooks, applications }: HooksConfig, context: HookSetContext, before?: HookSet) {
    this.#context = context;
    this.#before = before?.all ?? [];
    this.#applications = new Applications(applications);
    this.ofSessions = hooks.map((options) => this.#add(options, false));
    for (const { hooks: own } of applications.values()) for (const options of own) this.#add(options, true);
    this.all = [...this.#byOptions.values()];
  }

  /** Those that hear of this stream, in the order in which they are asked. */
  of(key: StreamKey): readonly Hook[] {
    const own = this.#applications.optionsOf(key)?.hooks ?? [];
    return [...this.ofSessions, ...own.map((options) => this.#byOptions.get(options)!)];
  }

  /** The virtual host, if one is configured for what `connect` has named; or else nothing. */
  virtualHostOf({ virtualHost, application }: { virtualHost: string; application: string }): string {
    return this.#applications.find(virtualHost, levelsOf(application), 0)?.virtualHost ?? "";
  }

  /** Applications inherit hooks, which are the same hooks then. */
  #add(options: HookOptions, isOfApplication: boolean): Hook {
    const { servers, log, now } = this.#context;
    const known = this.#byOptions.get(options);
    if (known) return known;
    const name = this.#nameOf(options);
    const same = this.#before.find(
      (each) =>
        each.name === name &&
        each.isOfApplication === isOfApplication &&
        isDeepStrictEqual(each.options, options),
    );
    const parts = { options, name, isOfApplication, ...servers.of(options.url), log, now };
    const hook = same?.adopt(options) ?? new Hook(parts);
    this.#byOptions.set(options, hook);
    return hook;
  }

  /** Its server; several hooks of one server are told apart by a number. */
  #nameOf({ url: { origin } }: HookOptions): string {
    const before = [...this.#byOptions.keys()].filter(({ url }) => url.origin === origin).length;
    return before === 0 ? origin : `${origin} #${before + 1}`;
  }
}
