import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { DialError, type Link, type LinkHandler } from "@headgate/transport";
import { ByteQueue } from "./byte-queue.ts";
import {
  MAX_CLIENT_QUEUE_BYTES,
  MAX_REPLY_BODY_BYTES,
  MAX_SEND_BODY_BYTES,
  POLL_DELAY_MS,
  REPLY_TIMEOUT_MS,
} from "./limits.ts";

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
}

type ConnectionCallback = (error: Error | null, socket: Socket) => void;

interface Reply {
  readonly status: number;
  readonly body: Uint8Array;
}

/**
 * The client's side of a tunnel as a Link: one request after the other over one connection that is kept open. Written bytes go
 * with the next request; with nothing to send, it asks the server for data.
 */
export class TunnelClientLink implements Link {
  readonly transport: "rtmpt" | "rtmpts";
  readonly remoteAddress: string;
  readonly remotePort: number;
  bytesReceived = 0;
  bytesSent = 0;
  readonly #target: TunnelTargetServer;
  readonly #agent: Agent;
  readonly #queue = new ByteQueue();
  #handler: LinkHandler | undefined;
  #state: "open" | "ending" | "closed" = "open";
  #sessionId = "";
  #sequence = 0;
  #isPaused = false;
  #isBlocked = false;
  #current: ClientRequest | undefined;
  /** Ends the waiting for the next poll. */
  #wake: (() => void) | undefined;

  private constructor(target: TunnelTargetServer) {
    this.#target = target;
    this.transport = target.transport;
    this.remoteAddress = target.host;
    this.remotePort = target.port;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.#agent.createConnection = (_options, callback) => {
      target.dial().then(
        (socket) => this.#useConnection(socket, callback),
        (error: Error) => callback?.(error, undefined as never),
      );
      return undefined as never;
    };
  }

  /** Opens a session. Rejects with a DialError. */
  static async open(target: TunnelTargetServer): Promise<TunnelClientLink> {
    const link = new TunnelClientLink(target);
    // For the whole answer: a byte now and then does not extend it.
    const timer = setTimeout(
      () => link.#current?.destroy(new Error("the server does not answer a request")),
      target.timeoutMs,
    );
    try {
      const { status, body } = await link.#post("/open/1", NOTHING_TO_SAY);
      const id = new TextDecoder().decode(body).trim();
      if (status !== 200 || !/^[\w-]{1,64}$/.test(id)) {
        const reason = status === 200 ? "its answer is not a session id" : `it answers ${status}`;
        const message = `${target.host}:${target.port} does not open a tunnel: ${reason}; does it speak RTMPT on this port?`;
        throw new DialError("TUNNEL_REFUSED", message);
      }
      link.#sessionId = id;
      return link;
    } catch (error) {
      link.destroy();
      if (error instanceof DialError) throw error;
      throw new DialError(
        "TUNNEL_REFUSED",
        `${target.host}:${target.port} does not open a tunnel: ${(error as Error).message}`,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  get queuedBytes(): number {
    return this.#queue.length;
  }

  get writable(): boolean {
    return this.#state === "open" && this.#queue.length < MAX_CLIENT_QUEUE_BYTES;
  }

  open(handler: LinkHandler): void {
    this.#handler = handler;
    this.#run().then(
      () => this.#closed(undefined),
      (error: Error) => this.#closed(error.message),
    );
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== "open") return true;
    this.#queue.push(bytes);
    this.#isBlocked ||= !this.writable;
    this.#wake?.();
    return false;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wake?.();
  }

  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#wake?.();
  }

  destroy(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#current?.destroy();
    this.#agent.destroy();
    this.#wake?.();
    if (!this.#handler) return;
    setImmediate(() => this.#tellClosed(undefined));
  }

  /** The agent would keep a connection that arrives after the end. */
  #useConnection(socket: Socket, callback: ConnectionCallback | undefined): void {
    if (this.#state === "closed") {
      socket.destroy();
      callback?.(new Error("the tunnel is closed"), undefined as never);
    } else callback?.(null, socket);
  }

  /** Rejects when the connection is lost; resolves when either side has ended. */
  async #run(): Promise<void> {
    // The handler must not be called before `open` has returned.
    await Promise.resolve();
    let isQuiet = false;
    while (this.#state !== "closed") {
      const isEnding: boolean = this.#state === "ending";
      if (this.#isPaused && !isEnding) {
        await this.#pollDelay(Number.POSITIVE_INFINITY);
        continue;
      }
      if (isQuiet && !isEnding && this.#queue.length === 0) await this.#pollDelay(POLL_DELAY_MS);
      const command = this.#queue.length > 0 ? "send" : this.#state === "ending" ? "close" : "idle";
      if (command === "idle" && this.#isPaused) continue;
      const reply = await this.#ask(command);
      if (reply.status !== 200 || command === "close") return;
      isQuiet = reply.body.length <= 1;
      this.#deliver(reply.body.subarray(1));
    }
  }

  /** A lost answer is requested again with the same number, so nothing is lost or taken twice. */
  async #ask(command: "send" | "idle" | "close"): Promise<Reply> {
    const body = command === "send" ? this.#takeBody() : NOTHING_TO_SAY;
    const path = `/${command}/${this.#sessionId}/${this.#sequence}`;
    this.#sequence += 1;
    try {
      return await this.#post(path, body);
    } catch (error) {
      if (this.#state === "closed" || command === "close") return { status: 404, body: NOTHING_TO_SAY };
      if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
      return this.#post(path, body);
    }
  }

  #takeBody(): Uint8Array {
    const body = new Uint8Array(Math.min(this.#queue.length, MAX_SEND_BODY_BYTES));
    this.#queue.moveTo(body);
    this.bytesSent += body.length;
    if (this.#isBlocked && this.writable) {
      this.#isBlocked = false;
      setImmediate(() => {
        if (this.writable) this.#handler?.onWritable();
      });
    }
    return body;
  }

  #deliver(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#state === "closed") return;
    this.bytesReceived += bytes.length;
    this.#handler?.onBytes(bytes);
  }

  #pollDelay(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = Number.isFinite(delayMs) ? setTimeout(() => this.#wake?.(), delayMs) : undefined;
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #closed(reason: string | undefined): void {
    if (this.#state === "closed") return;
    const told = this.#state === "ending" ? undefined : reason;
    this.#state = "closed";
    this.#agent.destroy();
    this.#tellClosed(told);
  }

  #tellClosed(reason: string | undefined): void {
    this.#queue.clear();
    this.#handler?.onClosed(reason);
  }

  #post(path: string, body: Uint8Array): Promise<Reply> {
    const { host, port, isProxied } = this.#target;
    const name = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    return new Promise((resolve, reject) => {
      const asked = request({
        method: "POST",
        path: isProxied ? `http://${name}${path}` : path,
        agent: this.#agent,
        timeout: REPLY_TIMEOUT_MS,
        headers: {
          Host: name,
          "User-Agent": "Shockwave Flash",
          "Content-Type": "application/x-fcs",
          "Content-Length": body.length,
          "Cache-Control": "no-cache",
        },
      });
      this.#current = asked;
      asked.once("response", (response) => collect(response, resolve, reject));
      asked.once("timeout", () => asked.destroy(new Error("the server does not answer a request")));
      asked.once("error", (error: NodeJS.ErrnoException) => {
        reject(error.code === "ECONNRESET" ? Object.assign(new Error("connection reset"), error) : error);
      });
      // All that is heard of a server that switches to another protocol: node:http lets go of the connection.
      asked.once("close", () => reject(connectionReset()));
      asked.end(body);
    });
  }
}

/** Some proxies refuse a POST without a body. */
const NOTHING_TO_SAY: Uint8Array = Uint8Array.of(0);

function collect(
  response: IncomingMessage,
  resolve: (reply: Reply) => void,
  reject: (error: Error) => void,
): void {
  const pieces: Buffer[] = [];
  let length = 0;
  response.on("data", (piece: Buffer) => {
    length += piece.length;
    pieces.push(piece);
    if (length > MAX_REPLY_BODY_BYTES)
      response.destroy(new Error(`a reply of the server is longer than ${MAX_REPLY_BODY_BYTES} bytes`));
  });
  response.once("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces) }));
  response.once("error", reject);
  response.once("aborted", () => reject(connectionReset()));
}

function connectionReset(): Error {
  return Object.assign(new Error("connection reset"), { code: "ECONNRESET" });
}
