import { Readable } from "node:stream";
import { connector } from "@headgate/http-client";
import type { Guard } from "@headgate/transport";
import { type Dispatcher, Pool } from "undici";
import { CONNECT_MS, MAX_REPLY_HEAD_BYTES, MAX_REQUESTS, SILENCE_MS } from "./web-limits.ts";

/** The parts of a request besides its headers and its body. */
export interface WebExchange {
  /** The target as the client sent it. */
  readonly path: string;
  /** Ends the request, and the connection it has. */
  readonly signal: AbortSignal;
  /** Ends the request, which aborts the signal. */
  readonly guard: Guard;
}

/** The key under which a request's headers carry its WebExchange. A symbol is never sent. */
export const EXCHANGE: unique symbol = Symbol("exchange");

type Done = (error: Error | null, response: Dispatcher.ResponseData) => void;

/** The connections to the web server. A connection carries one request at a time. */
export class WebServerPool {
  /** The call that the proxy makes, always with a callback. */
  readonly request: Dispatcher["request"] = ((options: Dispatcher.RequestOptions, done?: Done) =>
    this.#request(options, done!)) as Dispatcher["request"];
  readonly #pool: Pool;
  readonly #onFailed: (error: Error) => void;

  /** `onFailed` is called for replies that end half-way. */
  constructor(webServer: URL, onFailed: (error: Error) => void) {
    this.#onFailed = onFailed;
    this.#pool = new Pool(webServer.origin, {
      connections: MAX_REQUESTS,
      pipelining: 1,
      connect: connector({ timeout: CONNECT_MS }),
      headersTimeout: SILENCE_MS,
      bodyTimeout: SILENCE_MS,
      maxHeaderSize: MAX_REPLY_HEAD_BYTES,
    });
  }

  #request(options: Dispatcher.RequestOptions, done: Done): void {
    const { [EXCHANGE]: exchange, ...headers } = options.headers as Record<string, string> & {
      [EXCHANGE]: WebExchange;
    };
    const { path, signal, guard } = exchange;
    // Some servers do not know chunks and take them for the next request, which must not be another client's.
    const isChunked = options.body instanceof Readable && headers["content-length"] === undefined;
    const own = isChunked ? { reset: true } : {};
    this.#pool.request({ ...options, ...own, headers, path, signal }, (error, response) => {
      // undici would end the process if this threw.
      guard.run(() => {
        if (error) return done(error, response);
        const fail = (failure: Error): void => {
          if (!signal.aborted && response.statusCode !== 304) this.#onFailed(failure);
        };
        response.body.on("error", guard.entry(fail));
        done(null, response);
      });
    });
  }

  destroy(): void {
    this.#pool.destroy().catch(() => {});
  }
}
