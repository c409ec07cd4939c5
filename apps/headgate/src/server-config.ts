import type { Feature } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import { Guard } from "@headgate/transport";
import type { Logger } from "pino";
import type { BoundListeners } from "./bound-listeners.ts";
import type { ConfigInForce } from "./config/config-in-force.ts";
import type { Config } from "./config/load-config.ts";
import type { TlsServers } from "./tls-servers.ts";

/** Another configuration, before it is in force. */
export interface Preparation {
  /** Why it cannot be put in force, one line each. */
  readonly problems: readonly string[];
  /** Puts it in force. Only without problems. */
  commit(): void | Promise<void>;
  /** Gives back what was opened for it. */
  abandon(): Promise<void>;
}

/** What another configuration reaches. */
export interface ConfiguredParts {
  readonly gateway: Gateway;
  readonly features: readonly Feature<Config>[];
  readonly tls: TlsServers;
  readonly listeners: BoundListeners;
  readonly log: Logger;
}

/** The configuration of a running server. */
export class ServerConfig implements ConfigInForce {
  #config: Config;

  constructor(config: Config) {
    this.#config = config;
  }

  get config(): Config {
    return this.#config;
  }

  /** Returns the function that gets ready for a configuration: certificates are read and ports are opened, and nothing is given up. */
  prepare(parts: ConfiguredParts): (next: Config) => Promise<Preparation> {
    return async (next) => {
      const tls = parts.tls.prepare(next.listeners);
      const listeners = await parts.listeners.prepare(next.listeners, tls.of);
      return {
        problems: [...tls.problems, ...listeners.problems],
        commit: () =>
          this.#commit(next, parts, () => {
            tls.commit();
            listeners.commit();
          }),
        abandon: () => listeners.abandon(),
      };
    };
  }

  /** What fails in one part must not leave the others behind. */
  #commit(next: Config, { gateway, features, tls, log }: ConfiguredParts, usePorts: () => void): void {
    const guard = new Guard(gateway.faults, "task", () => {});
    guard.run(usePorts);
    if (next === this.#config) return;
    this.#config = next;
    log.level = next.log.level;
    tls.reload();
    guard.run(() => gateway.reconfigure(next.gateway));
    for (const feature of features) guard.run(() => feature.reconfigure?.(next));
  }
}
