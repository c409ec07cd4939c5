import { Applications } from "@headgate/bus";
import type { ClientContext } from "@headgate/client";
import type { DriverContext } from "@headgate/driver";
import {
  createGateway,
  DEFAULT_GATEWAY_OPTIONS,
  DEFAULT_LIMITS,
  type Gateway,
  type GatewayLimits,
  LATENCY_FIRST,
} from "@headgate/gateway";
import type { RtmpUrl } from "@headgate/session";
import { DialError, type MemoryLinkPair, memoryLinkPair } from "@headgate/transport";
import { type Logger, pino } from "pino";
import { DEFAULT_RELAY_OPTIONS, RELAY_LIMITS, type RelayLimits, type RelayOptions } from "./config.ts";
import { Relays } from "./relays.ts";

/** What of vitest it takes to have time pass only when told to. */
interface TestHooks {
  readonly vi: {
    useFakeTimers(): unknown;
    useRealTimers(): unknown;
    advanceTimersByTimeAsync(ms: number): Promise<unknown>;
  };
  beforeEach(start: () => void): void;
  afterEach(end: () => void): void;
}

let clock: TestHooks["vi"];

/** Gives a test file virtual time: to be called once at its top. */
export function useVirtualTime({ vi, beforeEach, afterEach }: TestHooks): void {
  clock = vi;
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** A gateway with its relays. */
export interface Server {
  readonly gateway: Gateway;
  readonly relays: Relays;
}

/** Servers in memory by host, each a gateway with its relays, which dial each other. */
export class Servers {
  readonly #gateways = new Map<string, Gateway>();
  readonly #driverContexts = new Map<Gateway, DriverContext>();
  readonly #pairs: { readonly host: string; readonly pair: MemoryLinkPair }[] = [];
  /** Whether what is under way takes its time: a call of a handler in each step of time. */
  isSlow = false;
  readonly log: { readonly [field: string]: unknown }[] = [];

  /** All applications of this server have these options. */
  add(
    host: string,
    options: Partial<RelayOptions> = {},
    limits: Partial<GatewayLimits & RelayLimits> = {},
  ): Server {
    const log = pino(
      { level: "info" },
      { write: (line: string) => this.log.push({ host, ...JSON.parse(line) }) },
    );
    const { gateway, driverContext } = createGateway(
      {
        ...DEFAULT_GATEWAY_OPTIONS,
        limits: { ...DEFAULT_LIMITS, ...limits },
        merge: LATENCY_FIRST,
      },
      log,
    );
    this.#driverContexts.set(gateway, driverContext);
    const applications = new Applications(new Map([["*", { ...DEFAULT_RELAY_OPTIONS, ...options }]]));
    const relays = new Relays(gateway, this.contextOf(gateway, log), {
      applications,
      maxPullsPerOrigin: limits.maxPullsPerOrigin ?? RELAY_LIMITS.maxPullsPerOrigin.default,
    });
    for (const policy of relays.policies) gateway.addPolicy(policy);
    gateway.observe(relays);
    this.#gateways.set(host, gateway);
    return { gateway, relays };
  }

  /** `from` is the address from which it connects. */
  contextOf(gateway: Gateway, log: Logger = pino({ level: "silent" }), from?: string): ClientContext {
    return {
      driver: this.#driverContexts.get(gateway)!,
      dial: async (url) => this.dial(url, from).near,
      log,
      flashVersion: "test",
      chunkSize: DEFAULT_GATEWAY_OPTIONS.chunkSize,
      ackWindow: DEFAULT_GATEWAY_OPTIONS.ackWindow,
    };
  }

  /** A connection, of which nothing is delivered until time passes. */
  dial({ host }: RtmpUrl, remoteAddress = "192.0.2.254"): MemoryLinkPair {
    const gateway = this.#gateways.get(host);
    if (!gateway) throw new DialError("CONNECTION_REFUSED", `${host} refuses connections`);
    const { near: far, far: near, deliver } = memoryLinkPair({ remoteAddress });
    const pair = { near, far, deliver };
    this.#pairs.push({ host, pair });
    gateway.accept(pair.far);
    return pair;
  }

  /** Breaks off all connections to a server. */
  cut(host: string): void {
    for (const { pair } of this.#pairs.filter((made) => made.host === host)) pair.near.breakOff("cut");
  }

  /** Lets time pass, and everything be delivered that is under way meanwhile. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      await clock.advanceTimersByTimeAsync(50);
      this.#deliver();
    }
  }

  #deliver(): void {
    if (this.isSlow) for (const { pair } of this.#pairs) pair.near.step() || pair.far.step();
    else this.#deliverAll();
  }

  #deliverAll(): void {
    while (this.#pairs.map(({ pair }) => pair.deliver()).includes(true));
  }
}
