import { type KeyRefusal, levelsOf, StreamKey } from "@headgate/bus";
import type { ConnectRequest } from "@headgate/session";
import type { GatewayContext } from "./context.ts";
import { grantConnect, grantStream } from "./grants.ts";
import { factsIn } from "./peer-session.ts";
import { PendingVerdict } from "./pending-verdict.ts";
import type { PlayerRequest } from "./player-request.ts";
import { type Denial, decide, deny, type StreamAttempt } from "./policy.ts";
import { RequestSession } from "./request-session.ts";
import { Reservations } from "./reservations.ts";

const NOT_DONE = { play: "NetStream.Play.Failed", publish: "NetStream.Publish.BadName" } as const;

/** What a request is for. */
export type RequestPurpose = keyof typeof NOT_DONE;

/** What the policies have allowed. */
export interface AllowedRequest {
  readonly kind: "allow";
  readonly attempt: StreamAttempt;
  /** Not begun. */
  readonly session: RequestSession;
}

/**
 * Asks the policies about players and publishers over HTTP, as about those over RTMP: first about `connect`, then about `play` or
 * `publish`. The URL's query has their credentials.
 */
export class Requests {
  readonly #context: GatewayContext;

  constructor(context: GatewayContext) {
    this.#context = context;
  }

  /** Never rejects. */
  async ask(request: PlayerRequest, purpose: RequestPurpose): Promise<AllowedRequest | Denial> {
    const key = this.#keyOf(request.host, "", request.path);
    if (typeof key === "string") return deny("NetStream.Play.StreamNotFound", key);
    const connect = connectOf(request, key);
    const reservations = new Reservations();
    const session = new RequestSession(this.#context, request, factsIn(connect), reservations);
    const decision = await this.#decide(session, connect, { key, purpose }, reservations);
    if (decision.kind === "allow") return { ...decision, session };
    session.refused(decision.reason);
    this.refused(session, key, purpose, decision);
    return decision;
  }

  async #decide(
    session: RequestSession,
    request: ConnectRequest,
    { key, purpose }: { readonly key: StreamKey; readonly purpose: RequestPurpose },
    reservations: Reservations,
  ): Promise<{ readonly kind: "allow"; readonly attempt: StreamAttempt } | Denial> {
    const { policies, streams } = this.#context;
    const { applications } = streams.bus;
    const message = { type: 0, timestamp: 0, messageStreamId: 0, payload: new Uint8Array() };
    const asking = { peer: session, grants: {}, reservations, request, message };
    const connected = await this.#inTime(purpose, async () =>
      decide(policies, "connect", asking, grantConnect),
    );
    if (connected.kind === "deny") return connected;
    if (connected.kind === "takeOver") return deny(NOT_DONE[purpose], "APPLICATION_PROXIED");
    const { grants, request: granted } = connected.attempt;
    const named = this.#keyOf(granted.virtualHost, granted.application, key.name);
    if (typeof named === "string") return deny("NetStream.Play.StreamNotFound", named);
    const { virtualHost, application, name } = named;
    const attempt: StreamAttempt = {
      ...{ peer: session, grants, reservations, key: named },
      options: applications.optionsOf(named)!,
      stream: { name, query: session.query, written: name },
      keyOf: (other) => this.#keyOf(virtualHost, application, other),
    };
    return this.#inTime(purpose, async () =>
      purpose === "play"
        ? decide(policies, "play", { ...attempt, start: "any" }, (before, allowed) =>
            grantStream(before, allowed, applications),
          )
        : decide(policies, "publish", { ...attempt, type: "live" }, (before, allowed) =>
            grantStream(before, allowed, applications),
          ),
    );
  }

  /** The decision, or a denial when a policy fails or takes too long. */
  #inTime<Decided>(purpose: RequestPurpose, ask: () => Promise<Decided>): Promise<Decided | Denial> {
    const { now, options, faults, sweep } = this.#context;
    return new Promise((resolve) => {
      const verdict = new PendingVerdict<Decided>(
        ask(),
        {
          status: NOT_DONE[purpose],
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

  /** Tells the log of a refusal. One client may ask again and again. */
  refused(
    session: RequestSession,
    { path }: StreamKey,
    purpose: RequestPurpose,
    { reason, description }: Denial,
  ): void {
    const { refusals, failedSessions, log, now } = this.#context;
    refusals.add(reason);
    const { id, transport, remoteAddress, remotePort } = session;
    const omitted = failedSessions.take(reason, remoteAddress, now());
    const line = { session: id, transport, remoteAddress, remotePort, stream: path, reason, description };
    if (omitted === undefined) log.debug(line, `${purpose} refused`);
    else log.info({ ...line, ...(omitted > 0 && { omitted }) }, `${purpose} refused`);
  }
}

function connectOf(
  { transport, host, pageUrl, client }: PlayerRequest,
  { application }: StreamKey,
): ConnectRequest {
  return {
    application: levelsOf(application).join("/"),
    query: "",
    tcUrl: `${transport.replace(/-flv$/, "")}://${host}/${application}`,
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
