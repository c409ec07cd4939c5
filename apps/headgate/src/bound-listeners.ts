import type { TlsServer } from "@headgate/tls";
import { type Binding, type BoundListener, bindListener } from "./bind-listener.ts";
import type { ListenerOptions } from "./config/config.ts";
import type { ListenerContext } from "./port-options.ts";

/** Listeners that are to be in place of those that are there, without anything having been given up for them. */
export interface PreparedListeners {
  /** Addresses that cannot be had, one line each. */
  readonly problems: readonly string[];
  /** Those that are no longer wanted accept no more connections; the sessions that came through them stay. */
  commit(): void;
  abandon(): Promise<void>;
}

/** Where the server listens. */
export class BoundListeners {
  readonly #context: ListenerContext;
  #bindings: ReadonlyMap<string, Binding> = new Map();

  constructor(context: ListenerContext) {
    this.#context = context;
  }

  get all(): readonly BoundListener[] {
    return [...this.#bindings.values()].map(({ bound }) => bound);
  }

  /** Opens the ports that are new. A port that is there has the new options at the commit. */
  async prepare(
    listeners: readonly ListenerOptions[],
    tlsOf: (listener: ListenerOptions) => TlsServer | undefined,
  ): Promise<PreparedListeners> {
    const added = listeners.filter((listener) => !this.#bindings.has(addressOf(listener)));
    const outcomes = await Promise.all(
      added.map((listener) =>
        bindListener(this.#context, listener, listeners.indexOf(listener), tlsOf(listener)),
      ),
    );
    const opened = new Map<string, Binding>();
    for (const [index, outcome] of outcomes.entries())
      if (typeof outcome === "object") opened.set(addressOf(added[index]!), outcome);
    return {
      problems: outcomes.filter((outcome) => typeof outcome === "string"),
      commit: () => this.#commit(listeners, tlsOf, opened),
      abandon: async () => closeAll([...opened.values()]),
    };
  }

  /** Accepts no more connections. */
  close(): Promise<void> {
    return closeAll([...this.#bindings.values()]);
  }

  #commit(
    listeners: readonly ListenerOptions[],
    tlsOf: (listener: ListenerOptions) => TlsServer | undefined,
    opened: ReadonlyMap<string, Binding>,
  ): void {
    const before = this.#bindings;
    const next = new Map<string, Binding>();
    for (const listener of listeners) {
      const address = addressOf(listener);
      const binding = before.get(address) ?? opened.get(address);
      if (!binding) continue;
      binding.use(listener, tlsOf(listener));
      next.set(address, binding);
    }
    this.#bindings = next;
    const given = [...before].filter(([address]) => !next.has(address)).map(([, binding]) => binding);
    for (const binding of given) binding.close().catch(() => {});
  }
}

/** A listener is the same as long as it has the same address. */
export function addressOf({ host, port, fallbackPort }: ListenerOptions): string {
  return `${host} ${port} ${fallbackPort ?? ""}`;
}

async function closeAll(bindings: readonly Binding[]): Promise<void> {
  await Promise.all(bindings.map((binding) => binding.close()));
}
