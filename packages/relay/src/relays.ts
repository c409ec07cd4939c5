import type { Applications, Stream, StreamKey } from "@headgate/bus";
import type { Gateway, OpenProxy, Relaying, StreamObserver, StreamSource } from "@headgate/gateway";
import { Guard } from "@headgate/transport";
import type { Neighbours } from "./neighbours.ts";
import { addressOf, Origins } from "./origins.ts";
import type { OutgoingContext } from "./outgoing.ts";
import { Pull } from "./pull.ts";
import { Push } from "./push.ts";
import { type RelayOptions, routeOf } from "./relay-options.ts";
import type { RelayStatus } from "./relay-status.ts";
import { SessionProxy } from "./session-proxy.ts";

/** How exact the timeouts of proxied sessions are, and how soon a push ends whose stream has ended. */
const SWEEP_INTERVAL_MS = 250;

/** All that goes on between this server and others. */
export class Relays implements Relaying, StreamObserver {
  readonly #gateway: Gateway;
  readonly #context: OutgoingContext;
  readonly #applications: Applications<RelayOptions>;
  readonly #neighbours: Neighbours | undefined;
  readonly #origins: Origins;
  readonly #pulls = new Map<string, Pull>();
  readonly #pushes = new Map<Stream, Map<string, Push>>();
  readonly #proxies = new Set<SessionProxy>();
  readonly #guard: Guard;
  readonly #sweep: NodeJS.Timeout;

  constructor(
    gateway: Gateway,
    context: OutgoingContext,
    applications: Applications<RelayOptions>,
    neighbours?: Neighbours,
  ) {
    this.#gateway = gateway;
    this.#context = context;
    this.#applications = applications;
    this.#neighbours = neighbours;
    const { faults } = context.driver;
    this.#guard = new Guard(faults, "task", () => {});
    this.#origins = new Origins(context.dial, faults);
    this.#sweep = setInterval(
      this.#guard.entry(() => this.#lookAfter()),
      SWEEP_INTERVAL_MS,
    );
  }

  /** What other servers have to do with it; what passes between the processes of this one is nobody's concern. */
  get status(): readonly RelayStatus[] {
    const pulls = [...this.#pulls.values()].filter(({ isFromNeighbour }) => !isFromNeighbour);
    return [...pulls, ...this.#allPushes].map(({ status }) => status);
  }

  /** Sessions that are passed on just now. */
  get proxiedSessions(): number {
    return this.#proxies.size;
  }

  wanted(stream: Stream, via: readonly string[]): void {
    const { path } = stream.key;
    const known = this.#pulls.get(path);
    if (known) return known.viewed(via);
    const options = this.#applications.optionsOf(stream.key);
    const targets = options ? routeOf(options, stream.key.name).pull : [];
    const neighbours = this.#neighbours;
    if (!options || (targets.length === 0 && !neighbours)) return;
    const context = {
      gateway: this.#gateway,
      outgoing: this.#context,
      origins: this.#origins,
      neighbours,
    };
    const pull = new Pull(context, stream, { targets, idleMs: options.pullIdleMs }, () => {
      this.#pulls.delete(path);
    });
    this.#pulls.set(path, pull);
    pull.viewed(via);
    pull.start();
  }

  unwanted(stream: Stream, via: readonly string[]): void {
    this.#pulls.get(stream.key.path)?.left(via);
  }

  published(stream: Stream, source: StreamSource): void {
    if (source.isNeighbours) return;
    this.#neighbours?.announce(stream.key, source.isPulled ?? false);
    const options = this.#applications.optionsOf(stream.key);
    if (!options) return;
    const context = { gateway: this.#gateway, outgoing: this.#context };
    const known = this.#pushes.get(stream) ?? new Map<string, Push>();
    for (const [index, template] of routeOf(options, stream.key.name).push.entries()) {
      const id = String(index);
      if (known.has(id)) continue;
      const push = new Push(context, stream, template, source, () => {
        known.delete(id);
        if (known.size === 0) this.#pushes.delete(stream);
      });
      known.set(id, push);
      this.#pushes.set(stream, known);
      push.start();
    }
  }

  isPublishedElsewhere(key: StreamKey): boolean {
    return this.#neighbours?.hasPublisher(key) ?? false;
  }

  mayFetch(key: StreamKey): boolean {
    const options = this.#applications.optionsOf(key);
    const { pull = [] } = options ? routeOf(options, key.name) : {};
    if (pull.length === 0 || this.#pulls.has(key.path) || this.#neighbours?.find(key)) return true;
    const origin = addressOf(this.#origins.choose(pull, 0));
    let pulls = 0;
    for (const other of this.#pulls.values()) if (other.origin === origin) pulls += 1;
    return pulls < this.#context.driver.options.limits.maxPullsPerOrigin;
  }

  /** Another process of this server has begun to publish a stream, or has ended. */
  neighboursChanged(path: string): void {
    this.#pulls.get(path)?.neighboursChanged();
  }

  isProxied(key: StreamKey): boolean {
    return this.#applications.optionsOf(key)?.proxy !== undefined;
  }

  proxyOf(virtualHost: string, levels: readonly string[]): OpenProxy | undefined {
    const options = this.#applications.find(virtualHost, levels, 0)?.options;
    if (!options?.proxy) return undefined;
    const { id } = this.#gateway;
    const target = { url: options.proxy, proxyProtocol: options.proxyProtocol, gatewayId: id };
    return (request, client) => {
      const proxy: SessionProxy = new SessionProxy(this.#context, target, request, client, () => {
        this.#proxies.delete(proxy);
      });
      this.#proxies.add(proxy);
      return proxy;
    };
  }

  /** Ends everything that goes to other servers. */
  close(): void {
    clearInterval(this.#sweep);
    this.#origins.close();
    for (const pull of this.#pulls.values()) pull.end();
    for (const push of this.#allPushes) push.end();
  }

  get #allPushes(): readonly Push[] {
    return [...this.#pushes.values()].flatMap((byUrl) => [...byUrl.values()]);
  }

  #lookAfter(): void {
    const nowMs = this.#context.driver.now();
    for (const proxy of this.#proxies) proxy.sweep(nowMs);
    for (const push of this.#allPushes) push.sweep();
  }
}
