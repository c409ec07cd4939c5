import { setImmediate as nextTurn } from "node:timers/promises";
import { encodeAmf0Values } from "@headgate/amf";
import { DEFAULT_APPLICATION_OPTIONS } from "@headgate/bus";
import { defaultsOf } from "@headgate/config";
import {
  createGateway,
  DEFAULT_GATEWAY_OPTIONS,
  type Gateway,
  LATENCY_FIRST,
  type SessionObserver,
} from "@headgate/gateway";
import { ClientHandshake } from "@headgate/handshake";
import { createAdminServer } from "@headgate/http-server";
import { MessageType } from "@headgate/message";
import { ScriptedPeer } from "@headgate/scripted-peer";
import { NO_FAULTS } from "@headgate/testkit";
import { type MemoryLinkPair, memoryLinkPair } from "@headgate/transport";
import type { InjectOptions } from "fastify";
import { pino } from "pino";
import { apiRoutes } from "./api-routes.ts";
import { Audiences } from "./audiences.ts";
import { authentication } from "./authentication/authentication.ts";
import type { BanReply, BanRequest, BanTable } from "./ban-table.ts";
import { API, type ApiOptions } from "./config.ts";
import { LocalView } from "./local-view.ts";
import { LogTail } from "./log/log-tail.ts";
import { Quality } from "./quality/quality.ts";
import { ServerQuality } from "./quality/server-quality.ts";
import type { ServerControl } from "./server-control.ts";
import type { ServerView } from "./server-view.ts";
import type { TunnelState } from "./tunnels.ts";

type AdminServer = ReturnType<typeof createAdminServer>;
export type Reply = Awaited<ReturnType<AdminServer["inject"]>>;

/** A peer that has had its turn waits for others before it goes on. */
const IDLE_TURNS = 10;

/** A client over a Link in memory. */
export class TestClient extends ScriptedPeer {
  readonly pair: MemoryLinkPair;
  isClosed = false;

  constructor(pair: MemoryLinkPair) {
    const random = (length: number) => new Uint8Array(length).fill(7);
    super(new ClientHandshake({ random, kind: "simple" }), (bytes) => pair.far.write(bytes));
    this.pair = pair;
    pair.far.open({
      onBytes: (bytes) => this.receive(bytes),
      onWritable: () => {},
      onClosed: () => {
        this.isClosed = true;
      },
    });
  }

  get codes(): readonly unknown[] {
    return this.commands
      .filter(([name]) => name === "onStatus")
      .map((command) => (command[3] as { code?: unknown }).code);
  }

  /** What an encoder sends first: 720p in H.264 High 3.1 and AAC, with a keyframe. */
  sendMedia(): void {
    const values = { width: 1280, height: 720, framerate: 25 };
    this.payload(MessageType.dataAmf0, [4, 1], 0, encodeAmf0Values(["@setDataFrame", "onMetaData", values]));
    this.payload(MessageType.video, [6, 1], 0, Uint8Array.of(0x17, 0, 0, 0, 0, 1, 100, 0, 31));
    this.payload(MessageType.audio, [5, 1], 0, Uint8Array.of(0xaf, 0, 0x12, 0x10));
    for (let at = 0; at <= 2_000; at += 1_000) {
      this.payload(MessageType.video, [6, 1], at, Uint8Array.of(0x17, 1, 0, 0, 0, ...new Uint8Array(1_000)));
      this.payload(MessageType.audio, [5, 1], at, Uint8Array.of(0xaf, 1, ...new Uint8Array(100)));
    }
  }
}

const NO_CONTROL: ServerControl = {
  drain: () => 5_000,
  reload: async () => ({ changes: [] }),
};

export interface TestServerOptions extends Partial<ApiOptions> {
  readonly control?: ServerControl;
  readonly applications?: readonly string[];
}

/** A gateway with clients in memory, and its API. */
export class TestServer {
  readonly gateway: Gateway;
  readonly view: LocalView;
  readonly quality: Quality;
  readonly serverQuality: ServerQuality;
  readonly audiences: Audiences;
  readonly tail: LogTail = new LogTail();
  readonly tunnels: TunnelState[] = [];
  readonly log: Record<string, unknown>[] = [];
  readonly #admin: AdminServer;
  readonly #clients: TestClient[] = [];

  constructor(options: TestServerOptions = {}) {
    const { applications = ["live"] } = options;
    const log = pino({ level: "trace" }, { write: (line: string) => void this.log.push(JSON.parse(line)) });
    const gatewayOptions = {
      ...DEFAULT_GATEWAY_OPTIONS,
      applications: new Map(applications.map((name) => [name, DEFAULT_APPLICATION_OPTIONS])),
      merge: LATENCY_FIRST,
    };
    const { gateway, driverContext } = createGateway(gatewayOptions, log, "0123456789ab");
    this.gateway = gateway;
    const audiences = new Audiences(gateway, driverContext.now);
    this.audiences = audiences;
    gateway.observe(audiences.streamObserver);
    gateway.observeSessions(audiences.sessionObserver);
    this.quality = new Quality(gateway, driverContext);
    gateway.observe(this.quality.streamObserver);
    gateway.observeSessions(this.quality.sessionObserver);
    this.serverQuality = new ServerQuality(gateway, driverContext.now);
    const { tunnels } = this;
    this.view = new LocalView({
      gateway,
      audiences,
      quality: this.quality,
      serverQuality: this.serverQuality,
      log: this.tail,
      features: () => ["gateway", "api"],
      listeners: () => [{ host: "::", port: 1935, protocols: ["rtmp", "rtmpt"], hasTls: false }],
      expiries: () => [{ port: 443, expiresMs: Date.now() + 10.5 * 86_400_000 }],
      tunnels: {
        get sessions() {
          return tunnels.length;
        },
        states: () => tunnels,
      },
      record: async (id) =>
        gateway.ownStreams.some(({ key }) => key.path === id)
          ? { kind: "done", file: `${id}.flv` }
          : { kind: "absent" },
      now: driverContext.now,
    });
    this.#admin = adminServer(this.view, { ...options, applications }, log);
  }

  async get(url: string, options: InjectOptions = {}): Promise<Reply> {
    return this.ask("GET", url, options);
  }

  async ask(method: "GET" | "POST" | "DELETE", url: string, options: InjectOptions = {}): Promise<Reply> {
    const reply = await this.#admin.inject({ method, url, ...options });
    await this.settle();
    return reply;
  }

  /** For what lasts longer than a request. */
  listen(): Promise<string> {
    return this.#admin.listen({ host: "127.0.0.1", port: 0 });
  }

  observe(observer: SessionObserver): void {
    this.gateway.observeSessions(observer);
  }

  async connect(
    fields: Record<string, string | number> = {},
    remoteAddress = "192.0.2.1",
  ): Promise<TestClient> {
    const client = this.#dial(fields, remoteAddress);
    await this.settle();
    return client;
  }

  /** Clients that play a stream, all at once; each has an address of its own. */
  async playMany(name: string, count: number, fields: Record<string, string | number> = {}): Promise<void> {
    for (let index = 0; index < count; index += 1)
      this.#dial({ flashVer: `player ${index}`, ...fields }, `10.0.${index >> 8}.${index & 255}`).play(name);
    await this.settle();
  }

  #dial(fields: Record<string, string | number>, remoteAddress: string): TestClient {
    const pair = memoryLinkPair({ remoteAddress, capacity: 1024 * 1024 });
    const client = new TestClient(pair);
    this.#clients.push(client);
    this.gateway.accept(pair.near);
    client.start();
    client.connect("live", { tcUrl: "rtmp://localhost/live?token=s3cret", ...fields });
    return client;
  }

  async publish(name: string, fields: Record<string, string | number> = {}): Promise<TestClient> {
    const client = await this.connect(fields);
    client.publish(`${name}?key=s3cret`);
    await this.settle();
    client.sendMedia();
    await this.settle();
    return client;
  }

  async play(name: string, remoteAddress = "192.0.2.2"): Promise<TestClient> {
    const client = await this.connect({}, remoteAddress);
    client.play(`${name}?key=s3cret`);
    await this.settle();
    return client;
  }

  /** Lets everything happen that is under way. */
  async settle(): Promise<void> {
    for (let idleTurns = 0; idleTurns < IDLE_TURNS; idleTurns += 1) {
      await nextTurn();
      if (this.#clients.map(({ pair }) => pair.deliver()).includes(true)) idleTurns = 0;
    }
  }

  async close(): Promise<void> {
    const closed = this.gateway.close();
    for (const { pair } of this.#clients) pair.far.destroy();
    await this.settle();
    await closed;
    this.quality.close();
    await this.#admin.close();
  }
}

/** Bans of nobody, of which two are enough. */
class TestBans implements BanTable {
  readonly #bans: BanReply[] = [];

  all = (): readonly BanReply[] => this.#bans;

  add({ address, identity, stream, reason = "", seconds }: BanRequest): BanReply | "full" | "address" {
    if (address === "nowhere") return "address";
    if (this.#bans.length === 2) return "full";
    const created = new Date(0).toISOString();
    const until = seconds === undefined ? null : new Date(seconds * 1_000).toISOString();
    const ban = {
      id: String(this.#bans.length),
      address: address ?? null,
      identity: identity ?? null,
      stream: stream ?? null,
      reason,
      created,
      until,
    };
    this.#bans.push(ban);
    return ban;
  }

  remove(id: string): boolean {
    const at = this.#bans.findIndex((ban) => ban.id === id);
    return at >= 0 && this.#bans.splice(at, 1).length > 0;
  }
}

/** An admin server that has the API of any view. */
export function adminServer(
  view: ServerView,
  { applications = [], control = NO_CONTROL, ...written }: TestServerOptions = {},
  log: Parameters<typeof authentication>[0]["log"] = pino({ level: "silent" }),
): AdminServer {
  const options = { ...defaultsOf(API), ...written };
  const { compatibility } = options;
  return createAdminServer({
    names: () => [],
    faults: NO_FAULTS,
    authentication: authentication({ ...options, tokens: () => options.tokens, log }),
    routes: [
      apiRoutes({
        id: "0123456789ab",
        version: "1.2.3",
        view,
        control,
        bans: new TestBans(),
        compatibility,
        applications: () => applications,
        faults: NO_FAULTS,
        configuration: () => ({ workers: 1 }),
      }),
    ],
  });
}
