import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { ProtocolError } from "@headgate/bytes";
import { answerText, clientOf, refuse } from "@headgate/feature";
import { FlvDecoder } from "@headgate/flv";
import { type Gateway, isRefusal, type LivePublisher } from "@headgate/gateway";
import { expectEndlessBody, SocketSink, type StreamRequest } from "@headgate/http-server";
import { type Faults, Guard } from "@headgate/transport";
import type { FastifyReply } from "fastify";
import type { Logger } from "pino";
import { carrierOf, transportOf } from "./flv-target.ts";
import { CLOSE } from "./frame-reader.ts";
import { type ValidHandshake, WebSocketEnd } from "./web-socket.ts";

/** A WebSocket message is a part of the FLV stream, of any length, and is read as it comes. */
const SAID_BY_PUBLISHERS = { maxMessageBytes: 16 * 1024 * 1024, takesText: false };

export interface FlvPublishersParts {
  readonly gateway: Pick<Gateway, "requestPublishing">;
  readonly faults: Faults;
  readonly log: Logger;
}

/** What is said of an end that the server makes. */
type Ended = (reason: string, description: string) => void;

/** `POST /live/cam.flv`, or a WebSocket: the body, or all messages, are a live stream in FLV. */
export class FlvPublishers {
  readonly #parts: FlvPublishersParts;

  constructor(parts: FlvPublishersParts) {
    this.#parts = parts;
  }

  async answerPost(request: StreamRequest, reply: FastifyReply, path: string): Promise<void> {
    const { raw } = request;
    const { socket } = raw;
    // What is left of the body is not read.
    reply.header("connection", "close");
    const ended: Ended = (reason, description) => answerEnd(reply, reason, description);
    const publisher = await this.#ask(request, path, ended);
    if (publisher.kind === "deny") return refuse(reply, publisher.reason, publisher);
    const guard = new Guard(this.#parts.faults, "request", () => socket.destroy());
    this.#readBody(raw, reply, publisher, guard);
  }

  async answerWebSocket(
    request: StreamRequest,
    reply: FastifyReply,
    path: string,
    { hands, socket }: { readonly hands: ValidHandshake; readonly socket: Socket },
  ): Promise<void> {
    let end: WebSocketEnd | undefined;
    const ended: Ended = (reason, description) => end?.close(CLOSE.policy, `${reason}: ${description}`);
    const publisher = await this.#ask(request, path, ended);
    if (publisher.kind === "deny") return refuse(reply, publisher.reason, publisher);
    reply.hijack();
    const guard = new Guard(this.#parts.faults, "request", () => socket.destroy());
    const onClose = guard.entry(() => publisher.leave());
    socket.once("close", onClose);
    if (socket.destroyed) return publisher.leave();
    const sink = SocketSink.of(request, reply, guard)!;
    sink.open(() => {});
    sink.write(Buffer.from(hands.head));
    const reader = new TagReader(publisher);
    const fail = (error: ProtocolError, close: number): void => {
      this.#fail(request, publisher, error);
      end?.close(close, `${error.code}: ${error.message}`);
    };
    const handler = {
      onData: (bytes: Uint8Array) => reader.take(bytes, (error) => fail(error, CLOSE.unsupported)),
      onInvalid: (error: ProtocolError) => this.#fail(request, publisher, error),
      onClose: () => publisher.leave(),
    };
    end = new WebSocketEnd(socket, sink, { guard, handler, limits: SAID_BY_PUBLISHERS });
  }

  #ask(request: StreamRequest, path: string, onOver: Ended): ReturnType<Gateway["requestPublishing"]> {
    const { socket } = request.raw;
    const { bytesRead, bytesWritten } = socket;
    return this.#parts.gateway.requestPublishing({
      ...clientOf(request),
      transport: transportOf(carrierOf(request), request),
      path,
      bytesReceived: () => socket.bytesRead - bytesRead,
      bytesSent: () => socket.bytesWritten - bytesWritten,
      isGone: () => socket.destroyed,
      onOver,
    });
  }

  #readBody(raw: IncomingMessage, reply: FastifyReply, publisher: LivePublisher, guard: Guard): void {
    expectEndlessBody(raw);
    const reader = new TagReader(publisher);
    const onInvalid = (error: ProtocolError): void => {
      this.#fail({ peer: reply.request.peer }, publisher, error);
      answerText(reply, 400, `${error.code}: ${error.message}`);
    };
    const onData = guard.entry((bytes: Uint8Array) => reader.take(bytes, onInvalid));
    const onEnd = guard.entry(() => {
      publisher.leave();
      if (!reply.sent) reply.code(204).send();
    });
    const onClose = guard.entry(() => publisher.leave());
    raw.on("error", () => {});
    raw.on("data", onData);
    raw.once("end", onEnd);
    raw.once("close", onClose);
    if (raw.destroyed) publisher.leave();
  }

  #fail(
    { peer: { remoteAddress } }: Pick<StreamRequest, "peer">,
    publisher: LivePublisher,
    { code, section, message }: ProtocolError,
  ): void {
    this.#parts.log.warn({ code, section, remoteAddress }, message);
    publisher.leave(code);
  }
}

/** Gives a publisher the tags of what comes, until that is no FLV. */
class TagReader {
  readonly #publisher: LivePublisher;
  readonly #decoder: FlvDecoder;
  #isOver = false;

  constructor(publisher: LivePublisher) {
    this.#publisher = publisher;
    this.#decoder = new FlvDecoder(publisher.maxMessageBytes);
  }

  take(bytes: Uint8Array, onInvalid: (error: ProtocolError) => void): void {
    if (this.#isOver) return;
    this.#publisher.heard(bytes.length);
    try {
      this.#decoder.push(bytes);
      for (let tag = this.#decoder.next(); tag; tag = this.#decoder.next())
        this.#publisher.receive({ ...tag, timestamp: tag.timestamp >>> 0, messageStreamId: 0 });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#isOver = true;
      onInvalid(error);
    }
  }
}

/** The server ends a publication: most of its body has been taken. */
function answerEnd(reply: FastifyReply, reason: string, description: string): void {
  if (reply.sent) return;
  if (isRefusal(reason)) refuse(reply, reason, { kind: "deny", reason, description, status: NOT_PUBLISHED });
  else answerText(reply, 409, `${reason}: ${description}`);
}

const NOT_PUBLISHED = "NetStream.Publish.BadName";
