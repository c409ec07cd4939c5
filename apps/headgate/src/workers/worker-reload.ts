import type { ConfigFile } from "@headgate/config";
import type { ConfigState, NextConfig } from "../config-state.ts";
import { parseConfig } from "../read-config.ts";
import type { Server } from "../server.ts";
import type { Preparation } from "../server-config.ts";

/** Another configuration in a worker, in the two steps that the primary asks for. */
export class WorkerReload {
  readonly #state: ConfigState;
  readonly #server: Pick<Server, "prepare">;
  #prepared: { readonly next: NextConfig; readonly preparation: Preparation } | undefined;

  constructor(state: ConfigState, server: Pick<Server, "prepare">) {
    this.#state = state;
    this.#server = server;
  }

  /** Returns why it cannot be put in force. */
  async prepare(file: ConfigFile | undefined): Promise<readonly string[]> {
    await this.abandon();
    const next = this.#state.judge(parseConfig(file));
    if ("problems" in next) return next.problems;
    const preparation = await this.#server.prepare(next.config);
    this.#prepared = { next, preparation };
    return preparation.problems;
  }

  async commit(): Promise<true> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    await prepared?.preparation.commit();
    if (prepared) this.#state.adopt(prepared.next);
    return true;
  }

  async abandon(): Promise<true> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    await prepared?.preparation.abandon();
    return true;
  }
}
