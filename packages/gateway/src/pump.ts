import { levelsOf, type SwfIdentity } from "@headgate/bus";
import type { Message, SwfVerification } from "@headgate/chunk";
import { ServerConnection } from "@headgate/connection";
import { type ConnectRequest, MAX_VIA, type SessionEvent } from "@headgate/session";
import { encryptedName, type Link } from "@headgate/transport";
import type { Logger } from "pino";
import type { GatewayContext } from "./context.ts";
import { Driver, type DriverOwner } from "./driver.ts";
import { type NetStreamEvent, PeerStreams, type PeerStreamsOwner } from "./peer-streams.ts";
import type { OpenProxy, ProxiedSession, ProxyRequest } from "./relaying.ts";
import { SwfGate } from "./swf-gate.ts";

/**
 * One peer: takes its events to the bus, and what it watches from the bus to its Link. What becomes of bytes is its
 * Driver's.
 */
export class Pump implements DriverOwner<SessionEvent>, PeerStreamsOwner {
  lastGo = 0;
  readonly #context: GatewayContext;
  readonly #link: Link;
  readonly #onGone: (pump: Pump) => void;
  readonly #connection: ServerConnection;
  readonly #driver: Driver<SessionEvent>;
  readonly #startedMs: number;
  readonly #session: string;
  /** Made when there is something to say: of most peers that is when they connect. */
  #log: Logger | undefined;
  #streams: PeerStreams | undefined;
  /** The other end of a session that is passed on. */
  #proxied: ProxiedSession | undefined;
  /** Once a stream is asked for, or an application named, that may be played only by certain SWFs. */
  #swfGate: SwfGate | undefined;
  readonly #writeStreams = (): void => {
    if (this.#streams?.writeTo(this.#link)) this.#driver.settle();
  };
  /** Whether the peer has said by `connect` what it wants: what never got so far is only worth a line at debug. */
  #isNamed = false;

  constructor(context: GatewayContext, link: Link, onGone: (pump: Pump) => void) {
    this.#context = context;
    this.#link = link;
    this.#onGone = onGone;
    this.#startedMs = context.now();
    this.#connection = new ServerConnection(context.connectionOptions, this.#startedMs);
    this.#session = Buffer.from(context.connectionOptions.random(6)).toString("hex");
    this.#driver = new Driver(context, link, this.#connection, this);
    this.#driver.start();
  }

  /** Whether it is another process of this server. */
  get isNeighbour(): boolean {
    return this.#link.transport === "worker";
  }

  get log(): Logger {
    this.#log ??= this.#newLog();
    return this.#log;
  }

  onEvent(event: SessionEvent): void {
    switch (event.kind) {
      case "connectRequested":
        return this.#connect(event.request, event.message);
      case "closeRequested":
        return this.#driver.endAfterReplies("peer closed");
      case "swfTold":
        return this.#openSwfGate(event.swf);
      case "passed":
        return this.#proxied?.receive(event.message);
      default:
        if (this.#isAdmitted(event)) this.#streams?.handle(event);
    }
  }

  /** Not at once: when a thousand viewers become writable in one turn, others are to have theirs in between. */
  onWritable(): void {
    this.#context.fanOut.wake(this);
    this.#proxied?.clientWritable();
  }

  onEnding(): void {
    try {
      this.#streams?.close();
    } finally {
      this.#proxied?.clientGone();
    }
  }

  onGone(reason: string): void {
    try {
      this.#logEnd(reason);
    } finally {
      this.#onGone(this);
    }
  }

  /** Writes what is new for this peer, as far as its Link takes it. */
  flush(): void {
    if (!this.#streams || !this.#link.writable) return;
    this.#driver.guard(this.#writeStreams);
    this.#driver.noteBlocked();
  }

  fail(error: unknown): void {
    this.#driver.fail(error);
  }

  guard(work: () => void): void {
    this.#driver.guard(work);
  }

  settle(): void {
    this.#driver.settle();
  }

  takenOver(): void {
    this.#driver.endAfterReplies("taken over");
  }

  /** Looks after the peer's timeouts; called a few times a second. */
  sweep(nowMs: number): void {
    const gate = this.#swfGate;
    if (gate && !this.#driver.isEnding) this.#driver.guard(() => gate.check(nowMs));
    this.#driver.sweep(nowMs);
  }

  /** Ends the connection once its last bytes are sent. */
  end(reason: string): void {
    this.#driver.end(reason);
  }

  #connect(request: ConnectRequest, message: Message): void {
    const { id, relaying } = this.#context;
    const { applications } = this.#context.streams.bus;
    const { session } = this.#connection;
    const { application, virtualHost, flashVersion, via } = request;
    const levels = levelsOf(application);
    this.#isNamed = true;
    this.#log = this.#newLog({ application: application.slice(0, 64) });
    if (!applications.admits(virtualHost, levels)) {
      session.rejectConnect("NetConnection.Connect.InvalidApp", "There is no such application.");
      return this.#driver.endAfterReplies("unknown application");
    }
    const openProxy = relaying().proxyOf(virtualHost, levels);
    // Proxies alone make a chain that could grow for ever; what else is told of gateways is told anew at each of them.
    const isTooFar = openProxy !== undefined && via.length === MAX_VIA;
    if ((via.includes(id) || isTooFar) && !this.isNeighbour) {
      session.rejectConnect("NetConnection.Connect.Rejected", "RELAY_LOOP: this stream has come from here.");
      return this.#driver.endAfterReplies("RELAY_LOOP");
    }
    const { remoteAddress, remotePort } = this.#link;
    this.log.info({ remoteAddress, remotePort, client: flashVersion.slice(0, 64) }, "session started");
    if (openProxy) return this.#passOn(openProxy, { request, message, remoteAddress, remotePort });
    session.acceptConnect();
    const peer = {
      virtualHost,
      application,
      via,
      remoteAddress: this.isNeighbour ? undefined : remoteAddress,
    };
    this.#streams = new PeerStreams(this.#context, this.#connection, this, peer, this.log);
    // As Flash Media Server does, before the player asks for a stream.
    if (this.#needsSwf(applications.find(virtualHost, levels, 0)?.options.swfVerification)) this.#askForSwf();
  }

  #passOn(open: OpenProxy, request: ProxyRequest): void {
    const passThrough = this.#connection.session.passOn();
    const link = this.#link;
    const driver = this.#driver;
    let isFlushAwaited = false;
    const flush = (): void => {
      isFlushAwaited = false;
      driver.settle();
    };
    this.#proxied = open(request, {
      get writable() {
        return link.writable;
      },
      // What comes in one piece from the one side goes out in one piece to the other.
      send: (message) => {
        passThrough.send(message);
        if (!isFlushAwaited) queueMicrotask(flush);
        isFlushAwaited = true;
      },
      pause: () => driver.pause(),
      resume: () => driver.resume(),
      end: (reason) => driver.endAfterReplies(reason),
    });
  }

  /** Whether an event may take effect now: playing waits where the stream's application wants to know the SWF. */
  #isAdmitted(event: NetStreamEvent): boolean {
    if (event.kind !== "playRequested") return this.#swfGate?.admit(event) ?? true;
    const allowed = this.#streams?.optionsOf(event.request.stream.name)?.swfVerification;
    if (!this.#needsSwf(allowed)) return this.#swfGate?.admit(event) ?? true;
    const gate = this.#swfGate ?? this.#askForSwf();
    return gate.admit(event, allowed);
  }

  /** Another process of this server has asked its own players. */
  #needsSwf(allowed: readonly SwfIdentity[] | undefined): allowed is readonly SwfIdentity[] {
    return allowed !== undefined && allowed.length > 0 && !this.isNeighbour;
  }

  #askForSwf(): SwfGate {
    const { session, swfVerificationKey } = this.#connection;
    session.requestSwf();
    this.#swfGate = new SwfGate(swfVerificationKey, this.#context.now());
    return this.#swfGate;
  }

  #openSwfGate(swf: SwfVerification): void {
    for (const event of this.#swfGate?.open(swf) ?? []) this.#streams?.handle(event);
  }

  /** Whether the peer speaks RTMPE is known only after its handshake. */
  #newLog(bindings: { readonly application?: string } = {}): Logger {
    const { transport } = this.#link;
    const name = this.#connection.encrypted ? encryptedName(transport) : transport;
    return this.#context.log.child({ session: this.#session, transport: name, ...bindings });
  }

  #logEnd(reason: string): void {
    const { remoteAddress, remotePort, bytesReceived, bytesSent } = this.#link;
    const durationMs = Math.round(this.#context.now() - this.#startedMs);
    const lagged = this.#streams?.lagCount;
    const line = { remoteAddress, remotePort, reason, bytesReceived, bytesSent, durationMs, lagged };
    this.log[this.#isNamed ? "info" : "debug"](line, "session ended");
  }
}
