import { type Applications, levelsOf, type Stream, type StreamKey } from "@headgate/bus";
import type { ClientContext } from "@headgate/client";
import type { Swept } from "@headgate/driver";
import {
  ALLOW,
  deny,
  type Gateway,
  type OpenProxy,
  type PlaySource,
  type Policy,
  type StreamObserver,
  type StreamSource,
} from "@headgate/gateway";
import { MAX_VIA, RtmpUrl } from "@headgate/session";
import type { RelayLimits, RelayOptions } from "./config.ts";
import { DialAllowances } from "./dial-allowances.ts";
import type { OriginSource } from "./origin-source.ts";
import { Origins } from "./origins.ts";
import { Pull, type PullOptions } from "./pull.ts";
import { Push } from "./push.ts";
import type { RelayFailures } from "./relay-failures.ts";
import type { RelayStatus } from "./relay-status.ts";
import type { RelayTracer } from "./relay-tracer.ts";
import { routeOf } from "./route-of.ts";
import { addressOf } from "./server-address.ts";
import { SessionProxy } from "./session-proxy.ts";

export interface RelaysOptions extends RelayLimits {
  readonly applications: Applications<RelayOptions>;
  /** The other processes of this server, if it has several. */
  readonly originSource?: OriginSource | undefined;
  /** Undefined if nobody traces relays. */
  readonly tracer?: RelayTracer | undefined;
}

/** All that goes on between this server and others. */
export class Relays implements StreamObserver, Swept {
  readonly failures: RelayFailures = { pull: 0, push: 0 };
  readonly #gateway: Gateway;
  readonly #context: ClientContext;
  readonly #options: RelaysOptions;
  readonly #applications: Applications<RelayOptions>;
  readonly #originSource: OriginSource | undefined;
  readonly #tracer: RelayTracer | undefined;
  readonly #origins: Origins;
  readonly #dials: DialAllowances;
  readonly #pulls = new Map<string, Pull>();
  readonly #pushes = new Map<Stream, Map<string, Push>>();
  readonly #proxies = new Set<SessionProxy>();

  constructor(gateway: Gateway, context: ClientContext, options: RelaysOptions) {
    const { applications, originSource, tracer } = options;
    this.#options = options;
    this.#gateway = gateway;
    this.#context = context;
    this.#applications = applications;
    this.#originSource = originSource;
    this.#tracer = tracer;
    const { faults, now, sweep } = context.driver;
    this.#dials = new DialAllowances(now, faults);
    this.#origins = new Origins(context.dial, this.#dials, faults);
    sweep.add(this);
  }

  /** The policies of relaying. */
  get policies(): readonly Policy[] {
    return [this.#publishedElsewhere, this.#proxy, this.#pullsPerOrigin];
  }

  /** What another process of this server publishes is live, whatever recordings have its name. */
  get source(): PlaySource {
    return {
      find: (key, { start }) => (start === "any" && this.#originSource?.find(key) ? "live" : undefined),
    };
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

  wanted(stream: Stream, via: readonly string[], turnKey: string, pullFrom?: string): void {
    const { path } = stream.key;
    const known = this.#pulls.get(path);
    if (known && !known.isEnded) return known.wanted(via, turnKey);
    const originSource = this.#originSource;
    const options = (): PullOptions => this.#pullOptions(stream.key, pullFrom);
    if (!this.#applications.optionsOf(stream.key) || (options().targets.length === 0 && !originSource))
      return;
    const context = {
      gateway: this.#gateway,
      outgoing: this.#context,
      origins: this.#origins,
      dials: this.#dials,
      originSource,
      failures: this.failures,
      tracer: this.#tracer,
    };
    const pull: Pull = new Pull(context, stream, options, () => {
      if (this.#pulls.get(path) === pull) this.#pulls.delete(path);
    });
    this.#pulls.set(path, pull);
    pull.wanted(via, turnKey);
    pull.start();
  }

  unwanted(stream: Stream, via: readonly string[], turnKey: string): void {
    this.#pulls.get(stream.key.path)?.unwanted(via, turnKey);
  }

  published(stream: Stream, source: StreamSource): void {
    if (source.isInternal) return;
    this.#originSource?.announce(stream.key, source.isPulled ?? false);
    this.#push(stream, source);
  }

  /** Sends the publication to all of its targets, and no longer to others. */
  #push(stream: Stream, source: StreamSource): void {
    const options = this.#applications.optionsOf(stream.key);
    if (!options) return;
    const context = {
      gateway: this.#gateway,
      outgoing: this.#context,
      dials: this.#dials,
      failures: this.failures,
      tracer: this.#tracer,
    };
    const known = this.#pushes.get(stream) ?? new Map<string, Push>();
    const targets = pushTargets(options, stream.key, source);
    for (const [id, push] of known) {
      const template = targets.get(id);
      if (!template || !push.isTo(template)) push.end();
    }
    for (const [id, template] of targets) {
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

  /** Other applications are configured: pulls and pushes that are no longer wanted end, and others begin. */
  reconfigure(applications: ReadonlyMap<string, RelayOptions>): void {
    this.#applications.replace(applications);
    for (const [stream, { source }] of this.#gateway.publications)
      if (!source.isInternal) this.#push(stream, source);
    for (const pull of this.#pulls.values()) pull.reconfigured();
    for (const stream of this.#gateway.streams.values()) {
      const isFetched = this.#pulls.get(stream.key.path)?.isEnded === false;
      if (!stream.publisher && !isFetched) for (const _ of stream.viewers) this.wanted(stream, [], "");
    }
  }

  #pullOptions(key: StreamKey, pullFrom: string | undefined): PullOptions {
    const options = this.#applications.optionsOf(key);
    return options
      ? { targets: pullTargets(options, key, pullFrom), idleMs: options.pullIdleMs }
      : { targets: [], idleMs: 0 };
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

  /**
   * Limits the streams fetched from one origin: each is a connection to it, and costs a player only a name. Those that have not
   * arrived yet give way to others.
   */
  get #pullsPerOrigin(): Policy {
    return {
      name: "pulls per origin",
      play: ({ key, grants: { pullFrom } }) =>
        this.#mayFetch(key, pullFrom) ? ALLOW : deny("NetStream.Play.Failed", "PULLS_EXCEEDED"),
    };
  }

  #mayFetch(key: StreamKey, pullFrom: string | undefined): boolean {
    const known = this.#pulls.get(key.path);
    if (this.#gateway.streams.get(key.path)?.live || known?.isEnded === false) return true;
    const options = this.#applications.optionsOf(key);
    const pull = options ? pullTargets(options, key, pullFrom) : [];
    if (pull.length === 0 || this.#originSource?.find(key)) return true;
    const origin = addressOf(this.#origins.choose(pull, 0));
    const isFromThere = ({ key: { path } }: Stream): boolean => {
      const other = this.#pulls.get(path);
      return other?.isEnded === false && other.origin === origin;
    };
    return this.#hasPlace(origin) || (this.#gateway.makeRoom(isFromThere) && this.#hasPlace(origin));
  }

  /** A connection that closes takes no place. */
  #hasPlace(origin: string): boolean {
    let pulls = 0;
    for (const pull of this.#pulls.values()) if (!pull.isEnded && pull.origin === origin) pulls += 1;
    return pulls < this.#options.maxPullsPerOrigin;
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
    this.#dials.close();
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

/** Where a stream is fetched: as the configuration says, or else as the policies have granted. */
function pullTargets(
  options: RelayOptions,
  { name }: StreamKey,
  pullFrom: string | undefined,
): readonly RtmpUrl[] {
  const { pull } = routeOf(options, name);
  const granted = pull.length === 0 && pullFrom !== undefined ? RtmpUrl.parse(pullFrom) : undefined;
  return granted ? [granted] : pull;
}

/** Where a publication is sent: as the configuration says, and as the policies have granted. Each has an id of its own. */
function pushTargets(
  options: RelayOptions,
  { name }: StreamKey,
  { grants }: StreamSource,
): ReadonlyMap<string, RtmpUrl> {
  const targets = new Map<string, RtmpUrl>();
  for (const [index, template] of routeOf(options, name).push.entries()) targets.set(String(index), template);
  for (const text of grants?.pushTo ?? []) {
    const url = RtmpUrl.parse(text);
    if (url) targets.set(text, url);
  }
  return targets;
}
