import {
  ALLOW,
  type ConnectAttempt,
  type Denial,
  deny,
  type PlayAttempt,
  type Policy,
  type PublishAttempt,
  type Verdict,
} from "@headgate/gateway";
import { printable } from "../printable.ts";
import type { GatewayEvents } from "./gateway.ts";
import type { Handlers } from "./handlers.ts";
import type { StreamRequest } from "./public-types.ts";
import { sessionInfo } from "./session-info.ts";

type Question = "connect" | "publish" | "play";

/** A client shows it to a person. */
const MAX_REASON_LENGTH = 256;

const REFUSED_WITH = {
  connect: "NetConnection.Connect.Rejected",
  publish: "NetStream.Publish.Denied",
  play: "NetStream.Play.Failed",
} as const;

/** Asks the handlers of a program, the last of all who decide on access. */
export class PluginPolicy implements Policy {
  readonly name = "plugin";
  readonly #handlers: Handlers;

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
  }

  connect({ peer, request, grants }: ConnectAttempt): Verdict | Promise<Verdict> {
    const { application, query } = request;
    const session = sessionInfo(peer.session, grants.identity);
    return this.#ask("connect", (refuse) => ({ session, application, query, refuse }));
  }

  publish(attempt: PublishAttempt): Verdict | Promise<Verdict> {
    return this.#ask("publish", (refuse) => streamRequest(attempt, refuse));
  }

  play(attempt: PlayAttempt): Verdict | Promise<Verdict> {
    return this.#ask("play", (refuse) => streamRequest(attempt, refuse));
  }

  #ask<Asked extends Question>(
    question: Asked,
    request: (refuse: StreamRequest["refuse"]) => GatewayEvents[Asked],
  ): Verdict | Promise<Verdict> {
    return this.#handlers.of(question).length === 0 ? ALLOW : this.#askAll(question, request);
  }

  /** The first that refuses decides. */
  async #askAll<Asked extends Question>(
    question: Asked,
    request: (refuse: StreamRequest["refuse"]) => GatewayEvents[Asked],
  ): Promise<Verdict> {
    let denial: Denial | undefined;
    let isDecided = false;
    const asked = request((reason) => {
      if (isDecided) throw new Error("the request is decided already: refuse it before the handler is done");
      denial = deny(REFUSED_WITH[question], "PLUGIN_DENIED", printable(reason.slice(0, MAX_REASON_LENGTH)));
    });
    for (const handler of this.#handlers.of(question)) {
      const isDone = await this.#handlers.call(question, handler, asked);
      if (!isDone) denial ??= deny(REFUSED_WITH[question], "PLUGIN_FAILED");
      if (denial) break;
    }
    isDecided = true;
    return denial ?? ALLOW;
  }
}

function streamRequest(
  { peer, key, stream, grants }: PublishAttempt | PlayAttempt,
  refuse: StreamRequest["refuse"],
): StreamRequest {
  const queries = [stream.query, peer.session.connect?.query ?? ""];
  return {
    session: sessionInfo(peer.session, grants.identity),
    stream: key.path,
    query: queries.filter((query) => query !== "").join("&"),
    refuse,
  };
}
