import type { Socket } from "node:net";
import { answerText, clientOf, refuse } from "@headgate/feature";
import type { Gateway, LiveRequest, LiveViewer } from "@headgate/gateway";
import { SocketSink, type StreamRequest } from "@headgate/http-server";
import { type Faults, Guard } from "@headgate/transport";
import type { FastifyReply } from "fastify";
import type { Logger } from "pino";
import { FlvFraming, type Media } from "./flv-framing.ts";
import { flvHeader, replyHead } from "./flv-head.ts";
import { type Carrier, carrierOf, mediaIn, transportOf } from "./flv-target.ts";
import { encodeFrame } from "./frame-header.ts";
import { CLOSE } from "./frame-reader.ts";
import { type ValidHandshake, WebSocketEnd } from "./web-socket.ts";

/** A player has nothing to say; some send a word at the beginning. */
const SAID_BY_PLAYERS = { maxMessageBytes: 4 * 1024, takesText: true };

/** One of each for all streams: a stream has one log for all viewers with the same framing. */
const FRAMINGS = {
  http: framings("http"),
  websocket: framings("websocket"),
} as const;

export interface FlvPlayersParts {
  readonly gateway: Pick<Gateway, "requestLive">;
  /** Whether paths without a stream are those of another server. */
  readonly hasWebServer: boolean;
  readonly faults: Faults;
  readonly log: Logger;
}

/** What one viewer is sent through. */
interface Viewing {
  readonly socket: Socket;
  readonly guard: Guard;
  readonly media: Media;
  readonly hands: ValidHandshake | undefined;
  viewer: LiveViewer | undefined;
  sink: SocketSink | undefined;
  end: WebSocketEnd | undefined;
}

/** `GET /live/cam.flv`, as a reply that lasts or a WebSocket: a live stream for one viewer. */
export class FlvPlayers {
  readonly #parts: FlvPlayersParts;

  constructor(parts: FlvPlayersParts) {
    this.#parts = parts;
  }

  /** Resolves with false if there is no such stream and another server may have something. `hands`: of a WebSocket. */
  async answer(
    request: StreamRequest,
    reply: FastifyReply,
    path: string,
    { hands, socket }: { readonly hands: ValidHandshake | undefined; readonly socket: Socket },
  ): Promise<boolean> {
    const media = mediaIn(request);
    if (media === "invalid") {
      answerText(reply, 400, "ONLY_INVALID: `only` is audio or video.");
      return true;
    }
    const guard = new Guard(this.#parts.faults, "request", () => socket.destroy());
    const viewing = { socket, guard, media, hands, viewer: undefined, sink: undefined, end: undefined };
    return this.#view(request, reply, path, viewing);
  }

  async #view(request: StreamRequest, reply: FastifyReply, path: string, viewing: Viewing): Promise<boolean> {
    const { gateway, hasWebServer } = this.#parts;
    const { socket, guard, media } = viewing;
    const carrier = carrierOf(request);
    const asked: LiveRequest = {
      ...clientOf(request),
      transport: transportOf(carrier, request),
      path,
      framing: FRAMINGS[carrier][media],
      isGone: () => socket.destroyed,
      begin: (stream) => this.#begin(request, reply, viewing, flvHeader(stream, media)),
      onOver: (isWhole) => this.#over(viewing, isWhole),
    };
    const viewer = await gateway.requestLive(asked);
    if (viewer.kind === "deny") {
      refuse(reply, viewer.reason, viewer);
      return true;
    }
    viewing.viewer = viewer;
    const onClose = guard.entry(() => viewer.leave());
    socket.once("close", onClose);
    if (socket.destroyed) viewer.leave();
    const refusal = await viewer.begun;
    if (refusal) {
      socket.off("close", onClose);
      if (hasWebServer && refusal.reason === "STREAM_NOT_PUBLISHED") return false;
      refuse(reply, refusal.reason, refusal);
    } else if (!viewing.sink) {
      // It was ended before it had begun.
      reply.hijack();
      socket.destroy();
    }
    return true;
  }

  #begin(request: StreamRequest, reply: FastifyReply, viewing: Viewing, header: Uint8Array): SocketSink {
    reply.hijack();
    const { socket, guard, hands } = viewing;
    const sink = SocketSink.of(request, reply, guard)!;
    viewing.sink = sink;
    sink.open(() => viewing.viewer?.onWritable());
    const first = hands ? encodeFrame(header) : header;
    sink.write(Buffer.concat([Buffer.from(hands?.head ?? replyHead()), first]));
    if (!hands) return sink;
    const { remoteAddress } = request.peer;
    const handler = {
      onData: () => {},
      onClose: () => viewing.viewer?.leave(),
      onInvalid: ({ code, section, message }: { code: string; section: string; message: string }) =>
        this.#parts.log.warn({ code, section, remoteAddress }, message),
    };
    viewing.end = new WebSocketEnd(socket, sink, { guard, handler, limits: SAID_BY_PLAYERS });
    return sink;
  }

  #over({ sink, end }: Viewing, isWhole: boolean): void {
    if (end?.isOver) return;
    if (!isWhole) sink?.destroy();
    else if (end) end.close(CLOSE.normal);
    else sink?.end();
  }
}

function framings(carrier: Carrier): Readonly<Record<Media, FlvFraming>> {
  const framing = (media: Media): FlvFraming => new FlvFraming(media, carrier);
  return { all: framing("all"), audio: framing("audio"), video: framing("video") };
}
