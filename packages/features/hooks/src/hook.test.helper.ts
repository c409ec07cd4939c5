import type { FaultScope, Faults } from "@headgate/transport";
import { pino } from "pino";
import { HOOKS, type HookOptions } from "./config.ts";
import { Hook } from "./hook.ts";
import { HookServers } from "./hook-servers.ts";

/** Hook options as they are written. */
export function hookOptions(written: object): HookOptions {
  const mistakes: Parameters<typeof HOOKS.hooks.read>[2] = [];
  const [options] = HOOKS.hooks.read([written], [], mistakes);
  if (mistakes.length > 0 || !options) throw new Error(JSON.stringify(mistakes));
  return options;
}

/** A hook with a log and faults that a test can look at. */
export class TestHook {
  readonly hook: Hook;
  readonly servers: HookServers;
  readonly faults: unknown[] = [];
  readonly log: { readonly [field: string]: unknown }[] = [];
  logText = "";

  constructor(written: object, now: () => number = () => performance.now()) {
    const log = pino(
      { level: "trace" },
      {
        write: (line: string) => {
          this.logText += line;
          this.log.push(JSON.parse(line));
        },
      },
    );
    const faults: Faults = {
      report: (_: FaultScope, error) => this.faults.push(error),
      unrecoverable: (error) => this.faults.push(error),
    };
    this.servers = new HookServers({ faults, trust: { caFile: "", insecure: false }, now }, log);
    const options = hookOptions(written);
    const parts = this.servers.of(options.url);
    this.hook = new Hook({ options, name: options.url.origin, isOfApplication: false, ...parts, log, now });
  }
}
