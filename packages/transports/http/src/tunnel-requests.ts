import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { addressKey, Guard } from "@headgate/transport";
import type { BodyRefusal } from "./http-bodies.ts";
import { REPLY_TIMEOUT_MS } from "./limits.ts";
import { PacedReplies } from "./paced-replies.ts";
import type { ReplyReading } from "./reply-reading.ts";

/** A server of tunnels. */
export interface TunnelTargetServer {
  readonly transport: "rtmpt" | "rtmpts";
  readonly host: string;
  readonly port: number;
  /** Makes the connection for its requests; called again if that was closed between two of them. */
  readonly dial: () => Promise<Socket>;
  /** Whether requests go to an HTTP proxy, which needs the whole URL. */
  readonly isProxied: boolean;
  /** The time to open the session. Milliseconds. */
  readonly timeoutMs: number;
  readonly reading: ReplyReading;
}

/** What a server has answered. */
export interface TunnelAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

type ConnectionCallback = (error: Error | null, socket: Socket) => void;

/** The requests of one tunnel, one after the other, over a connection that is kept open. */
export class TunnelRequests {
  readonly #target: TunnelTargetServer;
  readonly #agent: Agent;
  readonly #guard: Guard;
  /** Those on the connection that is there now. */
  #replies: PacedReplies | undefined;
  #current: ClientRequest | undefined;
  #isClosed = false;

  constructor(target: TunnelTargetServer) {
    this.#target = target;
    this.#guard = new Guard(target.reading.faults, "connection", () => this.close());
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.#agent.createConnection = (_options, callback) => {
      const dial = this.#guard.entry(() => this.#dial(callback));
      if (this.#replies) this.#waitForTurn(dial);
      else dial();
      return undefined as never;
    };
  }

  /** Rejects if the server does not answer in time or as it should: with the code ECONNRESET if the connection is lost. */
  post(path: string, body: Uint8Array, timeoutMs: number = REPLY_TIMEOUT_MS): Promise<TunnelAnswer> {
    const { host, port, isProxied } = this.#target;
    const name = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    const asked = request({
      method: "POST",
      path: isProxied ? `http://${name}${path}` : path,
      agent: this.#agent,
      headers: {
        Host: name,
        "User-Agent": "Shockwave Flash",
        "Content-Type": "application/x-fcs",
        "Content-Length": body.length,
        "Cache-Control": "no-cache",
      },
    });
    this.#current = asked;
    const onSocket = this.#guard.entry(() => this.#replies?.expect(asked));
    asked.once("socket", onSocket);
    asked.end(body);
    return this.#answerTo(asked, timeoutMs);
  }

  /** Ends the connection, and with it the request under way. */
  close(): void {
    this.#isClosed = true;
    this.#current?.destroy();
    this.#agent.destroy();
  }

  #dial(callback: ConnectionCallback | undefined): void {
    this.#guard.settle(
      this.#target.dial(),
      (socket) => this.#useConnection(socket, callback),
      (error) => callback?.(error as Error, undefined as never),
    );
  }

  /** A server can make this process connect again with each reply. */
  #waitForTurn(dial: () => void): void {
    const { host, reading } = this.#target;
    reading.turns.wait(addressKey(host), () => reading.turns.spend(dial));
  }

  /** The agent would keep a connection that arrives after the end. */
  #useConnection(socket: Socket, callback: ConnectionCallback | undefined): void {
    if (this.#isClosed) {
      socket.destroy();
      callback?.(new Error("the tunnel is closed"), undefined as never);
      return;
    }
    this.#replies = new PacedReplies(socket, this.#target.host, this.#target.reading);
    callback?.(null, socket);
  }

  #answerTo(asked: ClientRequest, timeoutMs: number): Promise<TunnelAnswer> {
    const { host, reading } = this.#target;
    return new Promise((resolve, reject) => {
      const settle = (outcome: TunnelAnswer | Error): void => {
        clearTimeout(timer);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const giveUp = (reason: string): void => {
        settle(new Error(reason));
        asked.destroy();
      };
      const onLate = this.#guard.entry(() => giveUp("the server does not answer a request"));
      const onReset = this.#guard.entry(() => settle(connectionReset()));
      const onResponse = this.#guard.entry((message: IncomingMessage) => {
        const onWhole = (body: Uint8Array): void => settle({ status: message.statusCode ?? 0, body });
        const onRefused = (why: BodyRefusal): void => giveUp(WORDS[why]);
        reading.bodies.collect(this.#guard, { message, address: addressKey(host) }, onWhole, onRefused);
        message.once("aborted", onReset);
      });
      const onError = this.#guard.entry((error: NodeJS.ErrnoException) => {
        settle(error.code === "ECONNRESET" ? Object.assign(new Error("connection reset"), error) : error);
      });
      // For the whole answer: a byte now and then does not extend it.
      const timer = setTimeout(onLate, timeoutMs);
      asked.once("response", onResponse);
      asked.on("error", onError);
      // All that is heard of a server that switches to another protocol: node:http lets go of the connection.
      asked.once("close", onReset);
    });
  }
}

/** Why a reply is not read. */
const WORDS: Readonly<Record<BodyRefusal, string>> = {
  "too long": "a reply of the server is too long",
  "too many pieces": "a reply of the server comes in too many pieces",
  "no memory": "there is no memory left for a reply of the server",
};

function connectionReset(): Error {
  return Object.assign(new Error("connection reset"), { code: "ECONNRESET" });
}
