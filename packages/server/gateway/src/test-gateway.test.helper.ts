import { type ApplicationOptions, DEFAULT_APPLICATION_OPTIONS } from "@headgate/bus";
import type { DriverContext } from "@headgate/driver";
import { memoryLinkPair, type TransportName } from "@headgate/transport";
import { pino } from "pino";
import {
  DEFAULT_GATEWAY_OPTIONS,
  DEFAULT_LIMITS,
  DEFAULT_TIMEOUTS,
  type GatewayLimits,
  type GatewayOptions,
  type GatewayTimeouts,
  LATENCY_FIRST,
  type TraceOptions,
} from "./config.ts";
import { createGateway } from "./create-gateway.ts";
import type { DrainOptions } from "./drain.ts";
import type { Gateway } from "./gateway.ts";
import type { MergeOptions } from "./merge-window.ts";
import { TestClient } from "./test-client.test.helper.ts";

export interface TestGatewayOptions {
  /** Of the application `live`, where `applications` names no others. */
  readonly application?: Partial<ApplicationOptions>;
  readonly applications?: Readonly<Record<string, Partial<ApplicationOptions>>>;
  readonly limits?: Partial<GatewayLimits>;
  readonly timeouts?: Partial<GatewayTimeouts>;
  readonly trace?: Partial<TraceOptions>;
  readonly merge?: Partial<MergeOptions>;
  readonly drain?: DrainOptions;
  /** `debug` unless said otherwise: the protocol of each session would hide what tests look for. */
  readonly logLevel?: "info" | "debug" | "trace";
}

/** A line of the gateway's log, as it was written. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** What a client's connection is to be like. */
export interface ConnectOptions {
  readonly remoteAddress?: string;
  /** How many bytes the gateway may have under way to it. */
  readonly capacity?: number;
  /** Whether it is another process of the server. */
  readonly isInternal?: boolean;
  /** `memory` unless said otherwise. */
  readonly transport?: TransportName;
  readonly handshake?: "simple" | "rtmpe";
}

const FAKED = [
  "performance",
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "setImmediate",
] as const;

/** What of vitest it takes to have time pass only when told to. */
interface TestHooks {
  readonly vi: {
    useFakeTimers(options: { toFake: (typeof FAKED)[number][] }): unknown;
    useRealTimers(): unknown;
    advanceTimersByTime(ms: number): unknown;
  };
  beforeEach(start: () => void): void;
  afterEach(end: () => void): void;
}

let clock: TestHooks["vi"];

/** Gives a test file virtual time: to be called once at its top. */
export function useVirtualTime({ vi, beforeEach, afterEach }: TestHooks): void {
  clock = vi;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: [...FAKED] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** What comes up at the end of a turn is carried on in the next; nothing takes more turns without a byte being delivered. */
const IDLE_TURNS = 3;

/**
 * A gateway with clients in memory and time that passes only when told to. Every call of `settle` lets happen what is
 * going to happen.
 */
export class TestGateway {
  readonly gateway: Gateway;
  readonly driverContext: DriverContext;
  readonly log: LogLine[] = [];
  /** The log as it was written, for what must not be anywhere in it. */
  logText = "";
  readonly #clients: TestClient[] = [];

  constructor(options: TestGatewayOptions = {}) {
    const log = pino(
      { level: options.logLevel ?? "debug" },
      { write: (line: string) => this.#takeLogLine(line) },
    );
    const { gateway, driverContext } = createGateway(gatewayOptions(options), log);
    this.gateway = gateway;
    this.driverContext = driverContext;
  }

  /** A peer that has connected and sent nothing. */
  dial({
    remoteAddress = "192.0.2.1",
    capacity = 64 * 1024,
    isInternal = false,
    transport,
    handshake = "simple",
  }: ConnectOptions = {}): TestClient {
    const pair = memoryLinkPair({ remoteAddress, capacity, ...(transport && { transport }) });
    const client = new TestClient(pair, handshake, () => this.settle());
    this.#clients.push(client);
    if (isInternal) this.gateway.acceptInternal(pair.near);
    else this.gateway.accept(pair.near);
    return client;
  }

  /** A peer whose `connect` was accepted. */
  connect(application = "live", options: ConnectOptions = {}): TestClient {
    const client = this.dial(options);
    client.handshake();
    client.connect(application);
    client.take();
    return client;
  }

  publisher(name = "cam", options: ConnectOptions = {}): TestClient {
    const client = this.connect("live", options);
    client.publish(name);
    client.take();
    return client;
  }

  /** A viewer that was told that it plays, and has got nothing yet. */
  viewer(name = "cam", options: ConnectOptions = {}): TestClient {
    const client = this.connect("live", options);
    client.play(name);
    return client;
  }

  /** Lets everything happen that is under way. */
  settle(): void {
    for (let idleTurns = 0; idleTurns < IDLE_TURNS; idleTurns++) {
      clock.advanceTimersByTime(1);
      if (this.#deliver()) idleTurns = 0;
    }
  }

  /** Lets time pass, step by step, so that clients that answer can answer. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advanceTimersByTime(100);
      this.#deliver();
    }
    this.settle();
  }

  /** The messages of the log, at `info` and above. */
  get story(): string[] {
    const info = 30;
    return this.log.filter(({ level }) => level >= info).map(({ msg }) => msg);
  }

  #deliver(): boolean {
    // All of them, whatever the first ones return.
    return this.#clients.map(({ pair }) => pair.deliver()).includes(true);
  }

  #takeLogLine(line: string): void {
    this.logText += line;
    this.log.push(JSON.parse(line));
  }
}

function gatewayOptions({
  application = {},
  applications = { live: application },
  limits,
  timeouts,
  trace,
  merge,
  drain = DEFAULT_GATEWAY_OPTIONS.drain,
}: TestGatewayOptions = {}): GatewayOptions {
  return {
    ...DEFAULT_GATEWAY_OPTIONS,
    applications: new Map(
      Object.entries(applications).map(([name, options]) => [
        name,
        { ...DEFAULT_APPLICATION_OPTIONS, ...options },
      ]),
    ),
    limits: { ...DEFAULT_LIMITS, ...limits },
    timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts },
    trace: { ...DEFAULT_GATEWAY_OPTIONS.trace, ...trace },
    // How busy the process is that runs the tests must not decide on their order of events.
    merge: { ...LATENCY_FIRST, ...merge },
    drain,
  };
}
