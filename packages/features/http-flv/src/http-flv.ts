import type { Applications } from "@headgate/bus";
import { answerText } from "@headgate/feature";
import { isOfForeignSite, type StreamAnswers, type StreamRequest } from "@headgate/http-server";
import type { FastifyReply } from "fastify";
import type { ApplicationHttpFlv } from "./config.ts";
import { FlvPlayers, type FlvPlayersParts } from "./flv-players.ts";
import { FlvPublishers, type FlvPublishersParts } from "./flv-publishers.ts";
import { carrierOf, streamIn } from "./flv-target.ts";
import { shakeHands } from "./web-socket.ts";

export interface HttpFlvParts extends Omit<FlvPlayersParts, "gateway"> {
  readonly gateway: FlvPlayersParts["gateway"] & FlvPublishersParts["gateway"];
  readonly applications: Applications<ApplicationHttpFlv>;
}

/** Live streams at `/live/cam.flv`, over HTTP and WebSockets. */
export class HttpFlv implements StreamAnswers {
  readonly #applications: Applications<ApplicationHttpFlv>;
  readonly #players: FlvPlayers;
  readonly #publishers: FlvPublishers;

  constructor(parts: HttpFlvParts) {
    this.#applications = parts.applications;
    this.#players = new FlvPlayers(parts);
    this.#publishers = new FlvPublishers(parts);
  }

  /** For players and publishers that ask from now on. */
  reconfigure(applications: ReadonlyMap<string, ApplicationHttpFlv>): void {
    this.#applications.replace(applications);
  }

  isAsked(request: StreamRequest): boolean {
    return this.#streamIn(request) !== undefined;
  }

  takesWebSocket(path: string, host: string | undefined): boolean {
    return streamIn(path, host, this.#applications) !== undefined;
  }

  async answer(request: StreamRequest, reply: FastifyReply): Promise<boolean> {
    const path = this.#streamIn(request)!;
    const { method } = request;
    const { socket } = reply.raw;
    // The stream would begin when the one before it ends, which may be never.
    if (socket === null)
      return answered(reply, 400, "PIPELINED: ask for a stream on a connection of its own.");
    if (method === "HEAD") return answered(reply.header("allow", METHODS), 405, "METHOD_INVALID: use GET.");
    if (method !== "GET") {
      if (isOfForeignSite(request)) return answered(reply, 403, FOREIGN);
      await this.#publishers.answerPost(request, reply, path);
      return true;
    }
    if (carrierOf(request) === "http")
      return this.#players.answer(request, reply, path, { hands: undefined, socket });
    const hands = shakeHands(request);
    if (hands.kind === "invalid") return answered(reply, hands.status, hands.text);
    if (!hands.isPublisher) return this.#players.answer(request, reply, path, { hands, socket });
    if (isOfForeignSite(request)) return answered(reply, 403, FOREIGN);
    await this.#publishers.answerWebSocket(request, reply, path, { hands, socket });
    return true;
  }

  #streamIn({ params, headers }: StreamRequest): string | undefined {
    return streamIn(params["*"], headers.host, this.#applications);
  }
}

/** Its visitors may be allowed to publish by their addresses, and do not know of it. */
const FOREIGN = "PAGE_FOREIGN: a page of another site cannot publish here.";

const METHODS = "GET, POST, PUT, OPTIONS";

function answered(reply: FastifyReply, status: number, text: string): true {
  answerText(reply, status, text);
  return true;
}
