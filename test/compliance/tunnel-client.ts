import { once } from "node:events";
import { Agent, request } from "node:http";
import type { Socket } from "node:net";
import type { RawClient } from "@headgate/transport/compliance";

/** A client of a tunnel: one request after the other over one connection, as ffmpeg does it. */
export class TunnelClient implements RawClient {
  readonly address: string;
  readonly port: number;
  ended = false;
  receivedBytes = 0;
  readonly #agent: Agent;
  readonly #dial: () => Promise<Socket>;
  readonly #pieces: Uint8Array[] = [];
  #sessionId = "";
  #sequence = 0;
  #toSend: Uint8Array[] = [];
  #isEnding = false;
  #isPaused = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket, dial: () => Promise<Socket>) {
    this.address = socket.localAddress ?? "";
    this.port = socket.localPort ?? 0;
    this.#dial = dial;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.#agent.createConnection = () => socket;
  }

  /** `dial` makes its connection, and one more for what must not come over that. */
  static async connect(dial: () => Promise<Socket>): Promise<TunnelClient> {
    const client = new TunnelClient(await dial(), dial);
    const { status, body } = await client.#post("/open/1", Buffer.of(0));
    client.#sessionId = body.toString("latin1").trim();
    client.ended = status !== 200;
    client.#run().catch(() => {
      client.ended = true;
    });
    return client;
  }

  get received(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces));
  }

  write(bytes: Uint8Array): void {
    this.#toSend.push(bytes);
  }

  end(): void {
    this.#isEnding = true;
  }

  /** A tunnel is broken off by no connection's end, but by a number that cannot be. */
  reset(): void {
    this.destroy();
    const target = `/idle/${this.#sessionId}/${this.#sequence + 1_000_000}`;
    this.#dial().then((socket) => {
      socket.on("error", () => {});
      socket.end(`POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      socket.resume();
    }, ignore);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wake?.();
  }

  destroy(): void {
    this.ended = true;
    this.#agent.destroy();
  }

  async #run(): Promise<void> {
    let hasClosed = false;
    while (!this.ended) {
      const isClosing: boolean = this.#isEnding && this.#toSend.length === 0 && !hasClosed;
      // Whoever takes no bytes may still send and close, and puts away what the replies to that carry.
      if (this.#isPaused && this.#toSend.length === 0 && !isClosing) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          setTimeout(resolve, 5);
        });
        continue;
      }
      const body = takeUpTo(this.#toSend, 1024 * 1024);
      const command = body.length > 0 ? "send" : isClosing ? "close" : "idle";
      hasClosed ||= isClosing;
      const target = `/${command}/${this.#sessionId}/${this.#sequence++}`;
      const reply = await this.#post(target, body.length > 0 ? body : Buffer.of(0));
      if (reply.status !== 200) break;
      this.#pieces.push(reply.body.subarray(1));
      this.receivedBytes += reply.body.length - 1;
    }
    this.ended = true;
  }

  async #post(path: string, body: Buffer): Promise<{ status: number; body: Buffer }> {
    const headers = { "Content-Type": "application/x-fcs", "Content-Length": body.length };
    const sent = request({ method: "POST", path, headers, agent: this.#agent });
    sent.end(body);
    const [response] = await once(sent, "response");
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece);
    return { status: response.statusCode, body: Buffer.concat(pieces) };
  }
}

/** Takes whole pieces, and what is left of the last one goes back. */
function takeUpTo(pieces: Uint8Array[], max: number): Buffer {
  const taken: Uint8Array[] = [];
  let room = max;
  while (room > 0 && pieces.length > 0) {
    const piece = pieces.shift()!;
    taken.push(piece.subarray(0, room));
    if (piece.length > room) pieces.unshift(piece.subarray(room));
    room -= Math.min(room, piece.length);
  }
  return Buffer.concat(taken);
}

/** The server may have gone by then. */
function ignore(): void {}
