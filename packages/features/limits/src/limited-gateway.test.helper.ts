import { type AmfValue, decodeAmf0Values, encodeAmf0Values } from "@headgate/amf";
import { DEFAULT_APPLICATION_OPTIONS } from "@headgate/bus";
import { group, namedSections, readConfiguration, type Section } from "@headgate/config";
import {
  createGateway,
  DEFAULT_GATEWAY_OPTIONS,
  type Gateway,
  LATENCY_FIRST,
  type Policy,
} from "@headgate/gateway";
import { ClientHandshake } from "@headgate/handshake";
import { MessageType } from "@headgate/message";
import { ScriptedPeer } from "@headgate/scripted-peer";
import { type LinkHandler, type MemoryLinkPair, memoryLinkPair } from "@headgate/transport";
import { pino } from "pino";
import { Bans } from "./bans.ts";
import { CONNECTION_LIMITS, LIMIT_RULES, type Limits, PLAY_LIMITS, PUBLISH_LIMITS } from "./config.ts";
import type { LimitsConfig } from "./limit-rules.ts";
import { type LimitsFeatures, limitsFeatures } from "./limits-feature.ts";
import { LocalSlots, type Slots } from "./slots.ts";

const APPLICATION: Section<Limits> = {
  ...CONNECTION_LIMITS,
  publish: group("publish", PUBLISH_LIMITS, "Of publishers."),
  play: group("play", PLAY_LIMITS, "Of viewers."),
};

const FILE = {
  access: group("access", LIMIT_RULES, "Access."),
  applications: namedSections<Limits>("applications", {
    rest: "*",
    pattern: /./,
    misnamed: "a name",
    expects: "names",
    section: APPLICATION,
    description: "Applications.",
  }),
};

/** As it is written in a file. */
export interface Written {
  readonly limits?: readonly object[];
  readonly applications?: Readonly<Record<string, object>>;
}

export function configOf({ limits = [], applications = { "*": {} } }: Written): LimitsConfig {
  const file = { name: "headgate.yaml", content: JSON.stringify({ access: { limits }, applications }) };
  const { options, problems } = readConfiguration(FILE, file, {}, () => []);
  if (!options) throw new Error(problems.join("\n"));
  return { rules: options.access.limits, applications: options.applications, mayGrant: () => true };
}

export interface LimitedOptions extends Written {
  /** Between the two places at which limits are asked. */
  readonly between?: Policy;
  /** After both. */
  readonly after?: Policy;
  readonly publisherPolicy?: "reject" | "takeover";
  readonly slots?: Slots;
}

const FAKED = [
  "performance",
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "setImmediate",
  "Date",
] as const;

/** What of vitest it takes to have time pass only when told to. */
interface Clock {
  useFakeTimers(options: { toFake: (typeof FAKED)[number][] }): unknown;
  advanceTimersByTime(ms: number): unknown;
}

/** A gateway with limits, and clients in memory; time passes only when told to. */
export class LimitedGateway {
  readonly gateway: Gateway;
  readonly features: LimitsFeatures;
  /** Time is virtual by the time it asks. */
  readonly bans: Bans = new Bans(() => Date.now());
  readonly log: { readonly msg: string; readonly [field: string]: unknown }[] = [];
  readonly #clock: Clock;
  readonly #clients: LimitedClient[] = [];

  constructor(clock: Clock, { between, after, publisherPolicy, slots, ...written }: LimitedOptions) {
    this.#clock = clock;
    clock.useFakeTimers({ toFake: [...FAKED] });
    const config = configOf(written);
    const log = pino({ level: "debug" }, { write: (line: string) => this.log.push(JSON.parse(line)) });
    const application = { ...DEFAULT_APPLICATION_OPTIONS, publisherPolicy: publisherPolicy ?? "reject" };
    const applications = new Map([...config.applications.keys()].map((name) => [name, application]));
    const options = { ...DEFAULT_GATEWAY_OPTIONS, applications, merge: LATENCY_FIRST };
    const { gateway, driverContext } = createGateway(options, log);
    this.gateway = gateway;
    const { sweep, now } = driverContext;
    this.features = limitsFeatures({
      config,
      slots: slots ?? new LocalSlots(),
      bans: this.bans,
      gateway,
      sweep,
      now,
    });
    const { first, last } = this.features;
    const policies = [first.policies, between, last.policies, after].flat();
    for (const policy of policies) if (policy) gateway.addPolicy(policy);
    if (first.sessionObserver) gateway.observeSessions(first.sessionObserver);
    first.start?.();
  }

  connect(application = "live", remoteAddress = "192.0.2.1"): LimitedClient {
    const pair = memoryLinkPair({ remoteAddress, capacity: 1024 * 1024 });
    const client = new LimitedClient(pair);
    this.#clients.push(client);
    this.gateway.accept(pair.near);
    client.start();
    client.connect(application);
    this.settle();
    return client;
  }

  publish(name: string, application?: string, remoteAddress?: string): LimitedClient {
    const client = this.connect(application, remoteAddress);
    client.publish(name);
    this.settle();
    return client;
  }

  play(name: string, application?: string, remoteAddress?: string): LimitedClient {
    const client = this.connect(application, remoteAddress);
    client.play(name);
    this.settle();
    return client;
  }

  /** The codes with which streams were refused or ended so far. */
  get reasons(): readonly unknown[] {
    return this.log
      .filter(({ msg }) => /(refused|ended)$/.test(msg) && msg !== "session ended")
      .map(({ reason }) => reason);
  }

  settle(): void {
    for (let idle = 0; idle < 3; idle += 1) {
      this.#clock.advanceTimersByTime(1);
      if (this.#clients.map(({ pair }) => pair.deliver()).includes(true)) idle = 0;
    }
  }

  /** Lets time pass; `each` is called ten times a second. */
  pass(ms: number, each: () => void = () => {}): void {
    for (let passed = 0; passed < ms; passed += 100) {
      this.#clock.advanceTimersByTime(100);
      each();
      for (const { pair } of this.#clients) pair.deliver();
    }
    this.settle();
  }
}

export class LimitedClient extends ScriptedPeer implements LinkHandler {
  readonly pair: MemoryLinkPair;
  isClosed = false;

  constructor(pair: MemoryLinkPair) {
    const random = (length: number) => new Uint8Array(length).fill(7);
    super(new ClientHandshake({ random, kind: "simple" }), (bytes) => pair.far.write(bytes));
    this.pair = pair;
    pair.far.open(this);
  }

  /** The last code that it was told. */
  get code(): string {
    const codes = this.messages
      .filter(({ type }) => type === MessageType.commandAmf0)
      .map(({ payload }) => (decodeAmf0Values(payload)[3] as { code?: string } | undefined)?.code);
    return codes.filter((code) => code !== undefined).at(-1) ?? "";
  }

  media(type: "audio" | "video", timestamp: number, ...bytes: number[]): void {
    this.payload(MessageType[type], [type === "audio" ? 5 : 6, 1], timestamp, Uint8Array.from(bytes));
  }

  /** A keyframe of H.264 of this many bytes. */
  picture(timestamp: number, length: number): void {
    this.media("video", timestamp, 0x17, 1, 0, 0, 0, ...new Uint8Array(length - 5));
  }

  metadata(values: { readonly [key: string]: AmfValue }): void {
    const payload = encodeAmf0Values(["@setDataFrame", "onMetaData", values]);
    this.payload(MessageType.dataAmf0, [4, 1], 0, payload);
  }

  leave(): void {
    this.pair.far.destroy();
  }

  onBytes(bytes: Uint8Array): void {
    this.receive(bytes);
  }

  onWritable(): void {}

  onClosed(): void {
    this.isClosed = true;
  }
}
