import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { SmallPieces, type SocketSink, type StreamRequest } from "@headgate/http-server";
import type { Guard } from "@headgate/transport";
import { head } from "./flv-head.ts";
import { encodeFrame, OPCODE } from "./frame-header.ts";
import { CLOSE, FrameError, type FrameLimits, FrameReader } from "./frame-reader.ts";

/** RFC 6455 §1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const KEY = /^[A-Za-z0-9+/]{22}==$/;

/** Publishers say with this subprotocol that they send; node-media-server has it, too. */
const PUBLISHER = "publisher";

export type Handshake =
  | { readonly kind: "valid"; readonly isPublisher: boolean; readonly head: string }
  | { readonly kind: "invalid"; readonly status: number; readonly text: string };

export type ValidHandshake = Extract<Handshake, { kind: "valid" }>;

/** What a request for a WebSocket is answered (RFC 6455 §4.2). */
export function shakeHands({ headers }: Pick<StreamRequest, "headers">): Handshake {
  const key = headers["sec-websocket-key"];
  const version = headers["sec-websocket-version"];
  if (version !== "13")
    return { kind: "invalid", status: 426, text: "WEBSOCKET_INVALID: the version must be 13." };
  if (typeof key !== "string" || !KEY.test(key))
    return { kind: "invalid", status: 400, text: "WEBSOCKET_INVALID: the key is not valid." };
  const isPublisher = String(headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .some((name) => name.trim() === PUBLISHER);
  return {
    kind: "valid",
    isPublisher,
    head: head("HTTP/1.1 101 Switching Protocols", {
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-accept": createHash("sha1").update(`${key}${GUID}`).digest("base64"),
      ...(isPublisher && { "sec-websocket-protocol": PUBLISHER }),
    }),
  };
}

interface WebSocketHandler {
  onData(bytes: Uint8Array): void;
  /** The client has broken the protocol, and is told so. */
  onInvalid(error: FrameError): void;
  /** The client has said that it ends. */
  onClose(): void;
}

/** The server's end of a WebSocket, once hands were shaken. */
export class WebSocketEnd {
  readonly #sink: SocketSink;
  /** The newest that is not answered: one answer to several will do (RFC 6455 §5.5.3). */
  #ping: Uint8Array | undefined;
  #isOver = false;

  constructor(socket: Socket, sink: SocketSink, { guard, handler, limits }: WebSocketParts) {
    this.#sink = sink;
    const small = new SmallPieces(performance.now());
    const reader = new FrameReader(
      {
        onData: (bytes) => handler.onData(bytes),
        onPing: (payload) => {
          this.#ping = payload;
        },
        onClose: () => {
          this.close(CLOSE.normal);
          handler.onClose();
        },
      },
      { ...limits, mayRead: (length) => small.take(length, performance.now()) },
    );
    const take = guard.entry((bytes: Uint8Array) => {
      if (this.#isOver) return;
      try {
        reader.push(bytes);
        this.#answerPing();
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        handler.onInvalid(error);
        this.close(error.close);
      }
    });
    socket.on("data", take);
  }

  /** Whether it has said that it ends: the connection ends by itself. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Says that it ends, and why, and ends. */
  close(code: number, reason = ""): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const text = Buffer.from(reason).subarray(0, MAX_REASON_BYTES);
    this.#sink.write(
      encodeFrame(Buffer.concat([Buffer.from([code >>> 8, code & 0xff]), text]), OPCODE.close),
    );
    this.#sink.end();
  }

  /** Only if nothing waits to be sent: a client that does not read gets no more. */
  #answerPing(): void {
    const ping = this.#ping;
    this.#ping = undefined;
    if (ping && !this.#isOver && this.#sink.queuedBytes === 0)
      this.#sink.write(encodeFrame(ping, OPCODE.pong));
  }
}

export interface WebSocketParts {
  readonly guard: Guard;
  readonly handler: WebSocketHandler;
  readonly limits: Omit<FrameLimits, "mayRead">;
}

/** A control frame has 125 bytes at most, of which the code takes two. */
const MAX_REASON_BYTES = 123;
