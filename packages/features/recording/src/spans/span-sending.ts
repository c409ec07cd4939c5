import { KIB } from "@headgate/config";
import type { Message } from "@headgate/message";
import type { Guard } from "@headgate/transport";
import type { FastifyReply } from "fastify";
import { ResponseOutput } from "../downloading/response-output.ts";
import type { SpanWriter } from "./span-writer.ts";

/** What is packed before it is sent. Bytes. */
const BATCH_BYTES: number = 256 * KIB;

/** Sends a file while it is made. The reply begins with its first bytes: until then it can be something else. */
export class SpanSending {
  readonly #reply: FastifyReply;
  readonly #writer: SpanWriter;
  readonly #output: ResponseOutput;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(reply: FastifyReply, writer: SpanWriter, guard: Guard) {
    this.#reply = reply;
    this.#writer = writer;
    this.#output = new ResponseOutput({ response: reply.raw, guard, count: () => {} });
  }

  /** `nothing`: the messages have made no file, and nothing was sent. */
  async sendAll(messages: AsyncIterable<Message>): Promise<"sent" | "nothing"> {
    let isWhole = true;
    for await (const message of messages) {
      isWhole = this.#writer.write(message);
      this.#gather(this.#writer.take());
      if (!isWhole) break;
      if (this.#bytes >= BATCH_BYTES && !(await this.#send())) return "sent";
    }
    this.#gather(this.#writer.end());
    if (this.#bytes > 0) await this.#send();
    if (!this.#reply.sent) return "nothing";
    // What has been sent cannot be taken back; a client must not think that it has all.
    if (isWhole) this.#reply.raw.end();
    else this.#reply.raw.destroy();
    return "sent";
  }

  #gather(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#bytes += piece.length;
    }
  }

  /** Returns whether the client is still there. */
  async #send(): Promise<boolean> {
    if (!this.#reply.sent) {
      this.#reply.hijack();
      const headers = { "content-type": this.#writer.contentType, "cache-control": "no-store" };
      this.#reply.raw.writeHead(200, headers);
    }
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    return this.#output.write(bytes);
  }
}
