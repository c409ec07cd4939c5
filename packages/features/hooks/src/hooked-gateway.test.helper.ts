import { setTimeout as sleep } from "node:timers/promises";
import { type AmfValue, decodeAmf0Values } from "@headgate/amf";
import { DEFAULT_APPLICATION_OPTIONS } from "@headgate/bus";
import type { Feature } from "@headgate/feature";
import {
  createGateway,
  DEFAULT_GATEWAY_OPTIONS,
  DEFAULT_TIMEOUTS,
  type Gateway,
  LATENCY_FIRST,
} from "@headgate/gateway";
import { ClientHandshake } from "@headgate/handshake";
import { type Message, MessageType } from "@headgate/message";
import { ScriptedPeer } from "@headgate/scripted-peer";
import { type LinkHandler, type MemoryLinkPair, memoryLinkPair } from "@headgate/transport";
import { pino } from "pino";
import { hookOptions } from "./hook.test.helper.ts";
import type { HooksConfig } from "./hook-set.ts";
import { hooksFeature } from "./hooks-feature.ts";

interface Written {
  readonly hooks?: readonly object[];
  /** By application; `live` and `other` exist. */
  readonly applications?: Readonly<Record<string, readonly object[]>>;
  readonly logLevel?: "info" | "trace";
  /** The time for all hooks together; without it, so much that a busy machine does not decide instead of them. */
  readonly policyMs?: number;
  /** How often what is under way is delivered. Milliseconds. */
  readonly stepMs?: number;
}

const APPLICATIONS = ["live", "other"];

/** How often a test looks. Milliseconds. */
const STEP_MS = 2;

/** A gateway with hooks, and clients in memory. Time is real, because hooks are. */
export class HookedGateway {
  readonly gateway: Gateway;
  readonly feature: Feature<HooksConfig>;
  readonly log: { readonly [field: string]: unknown }[] = [];
  logText = "";
  readonly #clients = new Set<Client>();
  readonly #timer: NodeJS.Timeout;

  constructor({
    hooks = [],
    applications = {},
    logLevel = "trace",
    policyMs = 60_000,
    stepMs = STEP_MS,
  }: Written) {
    const log = pino(
      { level: logLevel },
      {
        write: (line: string) => {
          this.logText += line;
          this.log.push(JSON.parse(line));
        },
      },
    );
    const { gateway, driverContext } = createGateway(
      {
        ...DEFAULT_GATEWAY_OPTIONS,
        applications: new Map(APPLICATIONS.map((name) => [name, DEFAULT_APPLICATION_OPTIONS])),
        merge: LATENCY_FIRST,
        timeouts: { ...DEFAULT_TIMEOUTS, policyMs },
      },
      log,
    );
    this.gateway = gateway;
    this.feature = hooksFeature({
      config: configOf({ hooks, applications }),
      trust: { caFile: "", insecure: false },
      gateway,
      log,
      now: driverContext.now,
    });
    for (const policy of this.feature.policies ?? []) gateway.addPolicy(policy);
    if (this.feature.sessionObserver) gateway.observeSessions(this.feature.sessionObserver);
    if (this.feature.recordingObserver) gateway.recordings.add(this.feature.recordingObserver);
    this.feature.start?.();
    this.#timer = setInterval(() => this.deliver(), stepMs);
  }

  reconfigure(written: Written): void {
    this.feature.reconfigure?.(configOf(written));
  }

  /** A client whose `connect` was sent. */
  connect(application = "live", remoteAddress = "192.0.2.7"): Client {
    const pair = memoryLinkPair({ remoteAddress });
    const client = new Client(pair);
    this.#clients.add(client);
    this.gateway.accept(pair.near);
    client.start();
    client.connect(application);
    return client;
  }

  async stop(): Promise<void> {
    await this.gateway.close();
    await this.feature.close?.();
    clearInterval(this.#timer);
  }

  /** Delivers what is under way at once, for a test whose time stands still. */
  deliver(): void {
    for (const { pair } of this.#clients) pair.deliver();
  }
}

function configOf({ hooks = [], applications = {} }: Written): HooksConfig {
  const ofApplication = (name: string) => ({ hooks: (applications[name] ?? []).map(hookOptions) });
  return {
    hooks: hooks.map(hookOptions),
    applications: new Map(APPLICATIONS.map((name) => [name, ofApplication(name)])),
  };
}

/** A scripted client. */
export class Client extends ScriptedPeer implements LinkHandler {
  readonly pair: MemoryLinkPair;
  isClosed = false;

  constructor(pair: MemoryLinkPair) {
    const random = (length: number) => new Uint8Array(length).fill(7);
    super(new ClientHandshake({ random, kind: "simple" }), (bytes) => pair.far.write(bytes));
    this.pair = pair;
    pair.far.open(this);
  }

  /** A picture of one byte besides its header; its timestamp tells it from others. */
  picture(timestamp: number): void {
    this.payload(MessageType.video, [6, 1], timestamp, Uint8Array.of(0x17, 1, 0, 0, 0, 0));
  }

  /** The timestamps of the pictures it has got. */
  get pictures(): readonly number[] {
    return this.messages
      .filter(({ type }: Message) => type === MessageType.video)
      .map(({ timestamp }) => timestamp);
  }

  /** The codes and descriptions it was told. */
  get statuses(): readonly { readonly code: string; readonly description: string }[] {
    return this.messages
      .filter(({ type }) => type === MessageType.commandAmf0)
      .map(({ payload }) => decodeAmf0Values(payload)[3] as AmfValue)
      .filter((info): info is { code: string; description: string } => isInfo(info));
  }

  /** Resolves when it was told this code. */
  async told(code: string): Promise<void> {
    await until(() => this.statuses.some((status) => status.code === code));
  }

  onBytes(bytes: Uint8Array): void {
    this.receive(bytes);
  }

  onWritable(): void {}

  onClosed(): void {
    this.isClosed = true;
  }
}

function isInfo(value: AmfValue): boolean {
  return typeof value === "object" && value !== null && "code" in value;
}

/** Resolves when it is so; a test that waits in vain ends at its timeout. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(STEP_MS);
}
