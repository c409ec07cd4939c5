import type { ReloadOutcome, ServerControl } from "@headgate/api";
import type { EndRequest } from "./end-request.ts";
import type { Reloads } from "./reloads.ts";

/** What operators can ask of the server over the API, once it runs. */
export class Control implements ServerControl {
  readonly #drainMs: () => number;
  #ending: EndRequest | undefined;
  #reloads: Reloads | undefined;

  constructor(drainMs: () => number) {
    this.#drainMs = drainMs;
  }

  /** The server has started: its requests are carried out from now on. */
  serve(ending: EndRequest, reloads: Reloads): void {
    this.#ending = ending;
    this.#reloads = reloads;
  }

  drain(): number {
    this.#ending?.request();
    return this.#drainMs();
  }

  async reload(): Promise<ReloadOutcome> {
    return (await this.#reloads?.reload("request")) ?? { problems: ["the server has not started yet"] };
  }
}
