import { setImmediate as nextTurn } from "node:timers/promises";
import { DialError, type Link, type LinkHandler } from "@headgate/transport";
import { ByteQueue } from "./byte-queue.ts";
import { MAX_CLIENT_QUEUE_BYTES, MAX_SEND_BODY_BYTES, POLL_DELAY_MS } from "./limits.ts";
import { type TunnelAnswer, TunnelRequests, type TunnelTargetServer } from "./tunnel-requests.ts";

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
  readonly #requests: TunnelRequests;
  readonly #queue = new ByteQueue();
  #handler: LinkHandler | undefined;
  #state: "open" | "ending" | "closed" = "open";
  #sessionId = "";
  #sequence = 0;
  #isPaused = false;
  #isBlocked = false;
  /** Ends the waiting for the next poll. */
  #wake: (() => void) | undefined;

  private constructor(target: TunnelTargetServer) {
    this.transport = target.transport;
    this.remoteAddress = target.host;
    this.remotePort = target.port;
    this.#requests = new TunnelRequests(target);
  }

  /** Opens a session. Rejects with a DialError. */
  static async open(target: TunnelTargetServer): Promise<TunnelClientLink> {
    const { host, port, timeoutMs } = target;
    const link = new TunnelClientLink(target);
    try {
      const { status, body } = await link.#requests.post("/open/1", NOTHING_TO_SAY, timeoutMs);
      const id = new TextDecoder().decode(body).trim();
      if (status !== 200 || !/^[\w-]{1,64}$/.test(id)) {
        const reason = status === 200 ? "its answer is not a session id" : `it answers ${status}`;
        const message = `${host}:${port} does not open a tunnel: ${reason}; does it speak RTMPT on this port?`;
        throw new DialError("TUNNEL_REFUSED", message);
      }
      link.#sessionId = id;
      return link;
    } catch (error) {
      link.destroy();
      if (error instanceof DialError) throw error;
      const message = `${host}:${port} does not open a tunnel: ${(error as Error).message}`;
      throw new DialError("TUNNEL_REFUSED", message);
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
    this.#requests.close();
    this.#wake?.();
    if (!this.#handler) return;
    setImmediate(() => this.#tellClosed(undefined));
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
      // The session may answer in its next turn, and a server may keep a request for data for half a second.
      if (!isQuiet && this.#queue.length === 0) await nextTurn();
    }
  }

  /** A lost answer is requested again with the same number, so nothing is lost or taken twice. */
  async #ask(command: "send" | "idle" | "close"): Promise<TunnelAnswer> {
    const body = command === "send" ? this.#takeBody() : NOTHING_TO_SAY;
    const path = `/${command}/${this.#sessionId}/${this.#sequence}`;
    this.#sequence += 1;
    try {
      return await this.#requests.post(path, body);
    } catch (error) {
      if (this.#state === "closed" || command === "close") return { status: 404, body: NOTHING_TO_SAY };
      if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
      return this.#requests.post(path, body);
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
    this.#requests.close();
    this.#tellClosed(told);
  }

  #tellClosed(reason: string | undefined): void {
    this.#queue.clear();
    this.#handler?.onClosed(reason);
  }
}

/** Some proxies refuse a POST without a body. */
const NOTHING_TO_SAY: Uint8Array = Uint8Array.of(0);
