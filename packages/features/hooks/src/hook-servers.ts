import type { Logger } from "pino";
import { HookServer, type ServerContext } from "./hook-server.ts";
import type { HookUrl } from "./hook-url.ts";
import { Reports } from "./reports.ts";

/** A server, and what it is told. */
export interface SharedServer {
  readonly server: HookServer;
  readonly reports: Reports;
}

/** The servers of all hooks: those with one URL share one, with its limits. */
export class HookServers {
  readonly #context: ServerContext;
  readonly #log: Logger;
  readonly #byUrl = new Map<string, SharedServer>();

  constructor(context: ServerContext, log: Logger) {
    this.#context = context;
    this.#log = log;
  }

  of(url: HookUrl): SharedServer {
    const key = keyOf(url);
    const known = this.#byUrl.get(key);
    if (known) return known;
    const server = new HookServer(url, this.#context);
    const reports = new Reports({ ...this.#context, log: this.#log.child({ hook: url.origin }) });
    const made = { server, reports };
    this.#byUrl.set(key, made);
    return made;
  }

  /** Gives up servers that no hook has any more, but for those that have still to hear something. */
  keep(urls: readonly HookUrl[]): void {
    const kept = new Set(urls.map(keyOf));
    for (const [key, { server, reports }] of this.#byUrl) {
      if (kept.has(key) || reports.waiting > 0) continue;
      this.#byUrl.delete(key);
      server.close();
    }
  }

  /** Resolves when all reports are told, or after this time. */
  async finish(atMostMs: number): Promise<void> {
    const all = [...this.#byUrl.values()].map(({ reports }) => reports.finish());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, atMostMs);
    });
    await Promise.race([Promise.all(all), late]);
    clearTimeout(timer);
  }

  destroy(): void {
    for (const { server, reports } of this.#byUrl.values()) {
      reports.close();
      server.destroy();
    }
  }
}

function keyOf({ origin, target }: HookUrl): string {
  return origin + target;
}
