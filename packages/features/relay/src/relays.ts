import { type Applications, levelsOf, type Stream, type StreamKey } from "@headgate/bus";
import type { ClientContext } from "@headgate/client";
import type { Swept } from "@headgate/driver";
import {
  ALLOW,
  deny,
  type Gateway,
  type OpenProxy,
  type Policy,
  type StreamObserver,
  type StreamSource,
} from "@headgate/gateway";
import { MAX_VIA, type RtmpUrl } from "@headgate/session";
import type { RelayLimits, RelayOptions } from "./config.ts";
import { DialAllowances } from "./dial-allowances.ts";
import type { OriginSource } from "./origin-source.ts";
import { addressOf, Origins } from "./origins.ts";
import { Pull } from "./pull.ts";
import { Push } from "./push.ts";
import type { RelayStatus } from "./relay-status.ts";
import { routeOf } from "./route-of.ts";
import { SessionProxy } from "./session-proxy.ts";

export interface RelaysOptions extends RelayLimits {
  readonly applications: Applications<RelayOptions>;
  /** The other processes of this server, if it has several. */
  readonly originSource?: OriginSource | undefined;
}

/** All that goes on between this server and others. */
export class Relays implements StreamObserver, Swept {
  readonly #gateway: Gateway;
  readonly #context: ClientContext;
  readonly #applications: Applications<RelayOptions>;
  readonly #maxPullsPerOrigin: number;
  readonly #originSource: OriginSource | undefined;
  readonly #origins: Origins;
  readonly #dials: DialAllowances;
  readonly #pulls = new Map<string, Pull>();
  readonly #pushes = new Map<Stream, Map<string, Push>>();
  readonly #proxies = new Set<SessionProxy>();

  constructor(
    gateway: Gateway,
    context: ClientContext,
    { applications, maxPullsPerOrigin, originSource }: RelaysOptions,
  ) {
    this.#gateway = gateway;
    this.#context = context;
    this.#applications = applications;
    this.#maxPullsPerOrigin = maxPullsPerOrigin;
    this.#originSource = originSource;
    const { faults, now, sweep } = context.driver;
    this.#origins = new Origins(context.dial, faults);
    this.#dials = new DialAllowances(now);
    sweep.add(this);
  }

  /** The policies of relaying. */
  get policies(): readonly Policy[] {
    return [this.#publishedElsewhere, this.#proxy, this.#pullsPerOrigin];
  }

  /** Relays with other servers. Streams that pass between the processes of this server are left out. */
  get status(): readonly RelayStatus[] {
    const pulls = [...this.#pulls.values()].filter(({ isInternal }) => !isInternal);
    return [...pulls, ...this.#allPushes].map(({ status }) => status);
  }

  /** The number of sessions being proxied. */
  get proxiedSessions(): number {
    return this.#proxies.size;
  }

  wanted(stream: Stream, via: readonly string[]): void {
    const { path } = stream.key;
    const known = this.#pulls.get(path);
    if (known && !known.isEnded) return known.wanted(via);
    const options = this.#applications.optionsOf(stream.key);
    const targets = options ? routeOf(options, stream.key.name).pull : [];
    const originSource = this.#originSource;
    if (!options || (targets.length === 0 && !originSource)) return;
    const context = {
      gateway: this.#gateway,
      outgoing: this.#context,
      origins: this.#origins,
      dials: this.#dials,
      originSource,
    };
    const pull: Pull = new Pull(context, stream, { targets, idleMs: options.pullIdleMs }, () => {
      if (this.#pulls.get(path) === pull) this.#pulls.delete(path);
    });
    this.#pulls.set(path, pull);
    pull.wanted(via);
    pull.start();
  }

  unwanted(stream: Stream, via: readonly string[]): void {
    this.#pulls.get(stream.key.path)?.unwanted(via);
  }

  published(stream: Stream, source: StreamSource): void {
    if (source.isInternal) return;
    this.#originSource?.announce(stream.key, source.isPulled ?? false);
    const options = this.#applications.optionsOf(stream.key);
    if (!options) return;
    const context = { gateway: this.#gateway, outgoing: this.#context, dials: this.#dials };
    const known = this.#pushes.get(stream) ?? new Map<string, Push>();
    for (const [index, template] of routeOf(options, stream.key.name).push.entries()) {
      const id = String(index);
      const running = known.get(id);
      if (running && !running.isEnded) {
        running.published(source);
        continue;
      }
      const push: Push = new Push(context, stream, template, source, () => {
        if (known.get(id) === push) known.delete(id);
        if (known.size === 0) this.#pushes.delete(stream);
      });
      known.set(id, push);
      this.#pushes.set(stream, known);
      push.start();
    }
  }

  unpublished(stream: Stream): void {
    this.#originSource?.withdraw(stream.key);
  }

  /** Another process of this server has begun to publish a stream, or has ended. */
  originChanged(path: string): void {
    this.#pulls.get(path)?.originChanged();
  }

  /** Applies an application's publisher policy across the processes of one server. */
  get #publishedElsewhere(): Policy {
    return {
      name: "published elsewhere",
      publish: ({ key, options }) => {
        const source = this.#originSource;
        if (options.publisherPolicy !== "reject" || !source?.hasPublisher(key)) return ALLOW;
        const published = deny("NetStream.Publish.BadName", "ALREADY_PUBLISHED");
        return source.isFree(key).then((isFree) => (isFree ? ALLOW : published));
      },
    };
  }

  /** Limits the streams fetched from one origin: each is a connection to it, and costs a player only a name. */
  get #pullsPerOrigin(): Policy {
    return {
      name: "pulls per origin",
      play: ({ key }) => (this.#mayFetch(key) ? ALLOW : deny("NetStream.Play.Failed", "PULLS_EXCEEDED")),
    };
  }

  #mayFetch(key: StreamKey): boolean {
    if (this.#gateway.streams.get(key.path)?.live || this.#pulls.has(key.path)) return true;
    const options = this.#applications.optionsOf(key);
    const { pull = [] } = options ? routeOf(options, key.name) : {};
    if (pull.length === 0 || this.#originSource?.find(key)) return true;
    const origin = addressOf(this.#origins.choose(pull, 0));
    let pulls = 0;
    for (const other of this.#pulls.values()) if (other.origin === origin) pulls += 1;
    return pulls < this.#maxPullsPerOrigin;
  }

  /** An application may be proxied to another server. Then none of its streams is ours, however the client splits its path. */
  get #proxy(): Policy {
    const isProxied = ({ key }: { key: StreamKey }): boolean =>
      this.#applications.optionsOf(key)?.proxy !== undefined;
    return {
      name: "proxy",
      connect: ({ request: { virtualHost, application, via } }) => {
        const options = this.#applications.find(virtualHost, levelsOf(application), 0)?.options;
        if (!options?.proxy) return ALLOW;
        // Only a chain of proxies could grow for ever: a pull or a push names the gateways anew at each hop.
        if (via.length === MAX_VIA) return deny("NetConnection.Connect.Rejected", "RELAY_LOOP");
        return { kind: "takeOver", open: this.#openProxy(options.proxy, options.proxyProtocol) };
      },
      publish: (attempt) =>
        isProxied(attempt) ? deny("NetStream.Publish.BadName", "APPLICATION_PROXIED") : ALLOW,
      play: (attempt) => (isProxied(attempt) ? deny("NetStream.Play.Failed", "APPLICATION_PROXIED") : ALLOW),
    };
  }

  #openProxy(url: RtmpUrl, proxyProtocol: boolean): OpenProxy {
    const target = { url, proxyProtocol, gatewayId: this.#gateway.id };
    return (request, client) => {
      const proxy: SessionProxy = new SessionProxy(this.#context, target, request, client, () => {
        this.#proxies.delete(proxy);
      });
      this.#proxies.add(proxy);
      return proxy;
    };
  }

  /** Ends all connections to other servers. */
  close(): void {
    this.#context.driver.sweep.delete(this);
    this.#origins.close();
    for (const pull of this.#pulls.values()) pull.end();
    for (const push of this.#allPushes) push.end();
  }

  get #allPushes(): readonly Push[] {
    return [...this.#pushes.values()].flatMap((byUrl) => [...byUrl.values()]);
  }

  /** Called a few times a second. */
  sweep(nowMs: number): void {
    for (const proxy of this.#proxies) proxy.sweep(nowMs);
    for (const push of this.#allPushes) push.sweep();
  }
}
