import { type KeyRefusal, levelsOf, StreamKey } from "@headgate/bus";
import type { ConnectRequest } from "@headgate/session";
import type { GatewayContext } from "./context.ts";
import { grantConnect, grantStream } from "./grants.ts";
import { factsIn } from "./peer-session.ts";
import { PendingVerdict } from "./pending-verdict.ts";
import type { PlayerRequest, RequestedPlay } from "./player-request.ts";
import { type Denial, decide, deny, type PlayAttempt } from "./policy.ts";
import { RequestSession } from "./request-session.ts";
import { Reservations } from "./reservations.ts";

const NOT_PLAYED = "NetStream.Play.Failed";

/**
 * Asks the policies about players over HTTP, as about those over RTMP: first about `connect`, then about `play`. The URL's query has
 * their credentials.
 */
export class RequestPlays {
  readonly #context: GatewayContext;

  constructor(context: GatewayContext) {
    this.#context = context;
  }

  /** Never rejects. */
  async ask(request: PlayerRequest): Promise<RequestedPlay | Denial> {
    const key = this.#keyOf(request.host, "", request.path);
    if (typeof key === "string") return deny("NetStream.Play.StreamNotFound", key);
    const connect = connectOf(request, key);
    const reservations = new Reservations();
    const session = new RequestSession(this.#context, request, factsIn(connect), reservations);
    const decision = await this.#decide(session, connect, key, reservations);
    if (decision.kind === "allow") {
      const { attempt } = decision;
      session.play(attempt.key, attempt.grants);
      return { kind: "allow", key: attempt.key, end: () => session.end() };
    }
    session.refused(decision.reason);
    this.#log(session, key, decision);
    return decision;
  }

  async #decide(
    session: RequestSession,
    request: ConnectRequest,
    key: StreamKey,
    reservations: Reservations,
  ): Promise<{ readonly kind: "allow"; readonly attempt: PlayAttempt } | Denial> {
    const { policies, streams } = this.#context;
    const { applications } = streams.bus;
    const message = { type: 0, timestamp: 0, messageStreamId: 0, payload: new Uint8Array() };
    const asking = { peer: session, grants: {}, reservations, request, message };
    const connected = await this.#inTime(async () => decide(policies, "connect", asking, grantConnect));
    if (connected.kind === "deny") return connected;
    if (connected.kind === "takeOver") return deny(NOT_PLAYED, "APPLICATION_PROXIED");
    const { grants, request: granted } = connected.attempt;
    const named = this.#keyOf(granted.virtualHost, granted.application, key.name);
    if (typeof named === "string") return deny("NetStream.Play.StreamNotFound", named);
    const { virtualHost, application, name } = named;
    const attempt: PlayAttempt = {
      ...{ peer: session, grants, reservations, key: named, start: "any" },
      options: applications.optionsOf(named)!,
      stream: { name, query: session.query, written: name },
      keyOf: (other) => this.#keyOf(virtualHost, application, other),
    };
    return this.#inTime(async () =>
      decide(policies, "play", attempt, (before, allowed) => grantStream(before, allowed, applications)),
    );
  }

  /** The decision, or a denial when a policy fails or takes too long. */
  #inTime<Decided>(ask: () => Promise<Decided>): Promise<Decided | Denial> {
    const { now, options, faults, sweep } = this.#context;
    return new Promise((resolve) => {
      const verdict = new PendingVerdict<Decided>(
        ask(),
        {
          status: NOT_PLAYED,
          deadlineMs: now() + options.timeouts.policyMs,
          onVerdict: (decided) => {
            sweep.delete(verdict);
            resolve(decided);
          },
        },
        faults,
      );
      sweep.add(verdict);
    });
  }

  #keyOf(virtualHost: string, application: string, name: string): StreamKey | KeyRefusal {
    return StreamKey.of({ virtualHost, application, name }, this.#context.streams.bus.applications);
  }

  /** One client may ask again and again. */
  #log(session: RequestSession, { path }: StreamKey, { reason, description }: Denial): void {
    const { refusals, failedSessions, log, now } = this.#context;
    refusals.add(reason);
    const { id, transport, remoteAddress, remotePort } = session;
    const omitted = failedSessions.take(reason, remoteAddress, now());
    const line = { session: id, transport, remoteAddress, remotePort, stream: path, reason, description };
    if (omitted === undefined) log.debug(line, "play refused");
    else log.info({ ...line, ...(omitted > 0 && { omitted }) }, "play refused");
  }
}

function connectOf(
  { transport, host, pageUrl, client }: PlayerRequest,
  { application }: StreamKey,
): ConnectRequest {
  return {
    application: levelsOf(application).join("/"),
    query: "",
    tcUrl: `${transport}://${host}/${application}`,
    pageUrl,
    swfUrl: "",
    virtualHost: host,
    flashVersion: client,
    isEncoder: false,
    objectEncoding: 0,
    enhanced: {},
    via: [],
  };
}
