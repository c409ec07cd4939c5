import { listenPort, type Port } from "@headgate/listener";
import type { TlsServer } from "@headgate/tls";
import { bindProblem } from "./bind-problem.ts";
import type { ListenerOptions } from "./config/config.ts";
import { type ListenerContext, PortOptions } from "./port-options.ts";

/** An address on which the server listens. */
export interface BoundListener {
  readonly host: string;
  readonly port: number;
  readonly protocols: ListenerOptions["protocols"];
  readonly hasTls: boolean;
  /** The port that was wanted, and why it could not be had. */
  readonly insteadOf?: { readonly port: number; readonly reason: "taken" | "not permitted" };
}

export interface Binding {
  readonly bound: BoundListener;
  /** Has these options for its next connections. Its address stays. */
  use(listener: ListenerOptions, tls: TlsServer | undefined): void;
  close(): Promise<void>;
}

/** Listens, or returns why not. A default listener that can have neither its port nor the fallback is left out. */
export async function bindListener(
  context: ListenerContext,
  listener: ListenerOptions,
  index: number,
  tls: TlsServer | undefined,
): Promise<Binding | string | undefined> {
  const { host, port, fallbackPort } = listener;
  const options = new PortOptions(context, listener, tls);
  try {
    return bindingOf(options, await listen(options, port), { host, port });
  } catch (error) {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ""];
    if (fallbackPort === undefined || reason === undefined) {
      const address = { host, port, key: `listeners[${index}]`, variable: `HEADGATE_LISTENERS_${index}` };
      return bindProblem(address, error as Error);
    }
    try {
      const opened = await listen(options, fallbackPort);
      return bindingOf(options, opened, { host, port: fallbackPort, insteadOf: { port, reason } });
    } catch {
      context.log.warn(
        { port, fallbackPort, reason },
        "cannot listen on either of these ports; going without",
      );
      return undefined;
    }
  }
}

function bindingOf(
  options: PortOptions,
  { close }: Port,
  where: Pick<BoundListener, "host" | "port" | "insteadOf">,
): Binding {
  return {
    get bound() {
      const { protocols, hasTls } = options;
      return { ...where, protocols: [...protocols], hasTls };
    },
    use: (listener, tls) => options.use(listener, tls),
    close,
  };
}

const REASONS: Readonly<Record<string, "taken" | "not permitted">> = {
  EADDRINUSE: "taken",
  EACCES: "not permitted",
};

async function listen(options: PortOptions, port: number): Promise<Port> {
  options.port = port;
  try {
    return await listenPort(options);
  } catch (error) {
    // A machine without IPv6 has no `::`, which stands for every address.
    const { code } = error as NodeJS.ErrnoException;
    if (options.host !== "::" || !NO_IPV6.has(code)) throw error;
    options.host = "0.0.0.0";
    return listenPort(options);
  }
}

const NO_IPV6: ReadonlySet<string | undefined> = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL"]);
