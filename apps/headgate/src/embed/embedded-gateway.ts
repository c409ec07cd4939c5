import type { LogTail } from "@headgate/api";
import type { Feature } from "@headgate/feature";
import type { Logger } from "pino";
import { checkBeforeStart } from "../check-before-start.ts";
import type { Config } from "../config/load-config.ts";
import type { LogOutput } from "../log-output.ts";
import { type Server, StartError, startServer } from "../server.ts";
import type { Gateway, GatewayEvents, Publication } from "./gateway.ts";
import { GatewayError } from "./gateway-error.ts";
import { Handlers } from "./handlers.ts";
import { LocalPublication } from "./local-publication.ts";
import { MessageReader } from "./message-reader.ts";
import { PluginSessions, PluginStreams } from "./plugin-observer.ts";
import { PluginPolicy } from "./plugin-policy.ts";
import type { Listener, MediaMessage, Stats } from "./public-types.ts";
import { statsOf } from "./stats.ts";

interface LogParts {
  readonly output: Pick<LogOutput, "droppedLines">;
  readonly tail: LogTail;
}

/** A server that belongs to a program, which is its last feature. */
export class EmbeddedGateway implements Gateway {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #logParts: LogParts;
  readonly #handlers: Handlers;
  readonly #readers = new Set<MessageReader>();
  #starting: Promise<Server> | undefined;
  #server: Server | undefined;
  #closing: Promise<void> | undefined;

  constructor(config: Config, log: Logger, logParts: LogParts) {
    this.#config = config;
    this.#log = log;
    this.#logParts = logParts;
    this.#handlers = new Handlers(log);
  }

  get listeners(): readonly Listener[] {
    const bound = this.#server?.listeners ?? [];
    return bound.map(({ host, port, protocols }) => ({ host, port, protocols }));
  }

  async start(): Promise<void> {
    if (this.#closing) throw new GatewayError(["it is closed"]);
    this.#starting ??= this.#start();
    this.#server = await this.#starting;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  on<Event extends keyof GatewayEvents>(
    event: Event,
    handler: (what: GatewayEvents[Event]) => void | Promise<void>,
  ): () => void {
    return this.#handlers.add(event, handler);
  }

  messages(stream: string): AsyncIterableIterator<MediaMessage> {
    const { gateway } = this.#running;
    const reader = new MessageReader({
      subscribe: (flushable) => {
        const subscription = gateway.read({ application: "", name: stream }, flushable);
        if (typeof subscription === "string") throw refused(stream, subscription);
        return subscription;
      },
      onEnd: (ended) => this.#readers.delete(ended),
      faults: gateway.faults,
      now: () => performance.now(),
    });
    this.#readers.add(reader);
    return reader;
  }

  publish(stream: string): Publication {
    const publication = this.#running.gateway.publish({ application: "", name: stream });
    if (typeof publication === "string") throw refused(stream, publication);
    return new LocalPublication(publication);
  }

  stats(): Stats {
    return statsOf(this.#running.gateway);
  }

  get #running(): Server {
    if (!this.#server || this.#closing) throw new GatewayError(["it does not run"]);
    return this.#server;
  }

  async #start(): Promise<Server> {
    const config = this.#config;
    const plugin: Feature = {
      name: "plugin",
      policies: [new PluginPolicy(this.#handlers)],
      observer: new PluginStreams(this.#handlers),
      sessionObserver: new PluginSessions(this.#handlers),
      ending: () => {
        for (const reader of this.#readers) void reader.return();
      },
    };
    try {
      checkBeforeStart(config, undefined, this.#log);
      return await startServer({ config, log: this.#log, ...this.#logParts, hasDemo: false, plugin });
    } catch (error) {
      throw error instanceof StartError ? new GatewayError(error.problems) : error;
    }
  }

  /** One that is being started is closed afterwards; one that could not be is closed already. */
  async #close(): Promise<void> {
    const server = await this.#starting?.catch(() => undefined);
    await server?.close();
    this.#server = undefined;
  }
}

function refused(stream: string, reason: string): GatewayError {
  return new GatewayError([`${stream}: ${reason}`]);
}
