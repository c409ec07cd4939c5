import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as a hook's server has received it. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answer = (request: Received, response: ServerResponse) => unknown;

/** A hook's server, as users write them. */
export class Receiver {
  readonly received: Received[] = [];
  /** Allows unless a test says otherwise. */
  answer: Answer;
  port = 0;
  readonly #server: Server;
  #connections = 0;

  private constructor(answer: Answer) {
    this.answer = answer;
    this.#server = createServer((request, response) => this.#take(request, response));
    this.#server.on("connection", () => {
      this.#connections += 1;
    });
  }

  static async start(answer: Answer = allow, port = 0): Promise<Receiver> {
    const receiver = new Receiver(answer);
    receiver.#server.listen(port, "127.0.0.1");
    await once(receiver.#server, "listening");
    receiver.port = (receiver.#server.address() as AddressInfo).port;
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** How many connections were made to it. */
  get connections(): number {
    return this.#connections;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const { method = "", url = "", headers } = request;
    const received = { method, url, headers, body: Buffer.concat(pieces).toString() };
    this.received.push(received);
    await this.answer(received, response);
  }
}

/** Allows in every dialect. */
export function allow(_: Received, response: ServerResponse): void {
  response.end('{"code":0,"allow":true}');
}

export function status(code: number, body = "", headers: Record<string, string> = {}): Answer {
  return (_, response) => response.writeHead(code, headers).end(body);
}
