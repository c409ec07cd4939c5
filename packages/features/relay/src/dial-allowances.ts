import { Allowance } from "@headgate/gateway";
import type { RtmpUrl } from "@headgate/session";
import { AddressLine, type Faults, Guard } from "@headgate/transport";
import { addressOf } from "./server-address.ts";

/**
 * Connections that relays make to one server: so many at once, and then so many per second. Players ask for names, and publishers
 * come and go, as fast as they like, and each can be a connection. All pulls from an origin that comes back begin within seconds.
 */
export const MAX_DIALS_AT_ONCE = 500;
export const MAX_DIALS_PER_SECOND = 100;

/** How often there is one more. Milliseconds. */
const DIAL_INTERVAL_MS = 1000 / MAX_DIALS_PER_SECOND;

/**
 * Servers whose connections are counted: a configuration names fewer, but a hook may let players and publishers choose others,
 * without end. Beyond it, the one that was connected to longest ago is forgotten. After five seconds it has its whole allowance
 * again anyway.
 */
export const MAX_COUNTED_SERVERS = 10_000;

/** For so many addresses something waits at once: a stream may have thousands of viewers. */
const MAX_TURN_KEYS = 16;

/** What connects to a server. */
export interface Dialler {
  /** The addresses on whose behalf it connects, from `addressKey`; "" for the server's own. */
  readonly turnKeys: Iterable<string>;
  /** It is its turn: it asks again now, and may connect then. Does not throw. */
  onTurn(): void;
}

interface Server {
  readonly allowance: Allowance;
  readonly line: AddressLine<Dialler>;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Says when a relay may connect to a server. Those that have to wait take turns by the addresses on whose behalf they connect: one
 * address can have as many names fetched as it likes.
 */
export class DialAllowances {
  readonly #now: () => number;
  readonly #guard: Guard;
  /** By address; the one that is forgotten next comes first. */
  readonly #servers = new Map<string, Server>();
  /** What waits, where, and by which keys. */
  readonly #waiting = new Map<Dialler, { readonly server: Server; readonly keys: Set<string> }>();
  /** Whose turn it is. */
  #next: Dialler | undefined;

  constructor(now: () => number, faults: Faults) {
    this.#now = now;
    this.#guard = new Guard(faults, "task", () => {});
  }

  /** Whether a connection to this server may be made now; it counts then. If not, `onTurn` is called when it may, until it leaves. */
  take(url: RtmpUrl, dialler: Dialler): boolean {
    if (this.#next === dialler) {
      this.#next = undefined;
      return true;
    }
    const server = this.#serverAt(addressOf(url));
    if (server.line.size === 0 && server.allowance.take(this.#now())) {
      this.leave(dialler);
      return true;
    }
    if (this.#waiting.get(dialler)?.server !== server) this.leave(dialler);
    this.#wait(dialler, server);
    return false;
  }

  /** If it waits, it does so on behalf of other addresses as well, which `turnKeys` has now. */
  joined(dialler: Dialler): void {
    const waiting = this.#waiting.get(dialler);
    if (waiting) this.#wait(dialler, waiting.server);
  }

  /** It waits no longer. */
  leave(dialler: Dialler): void {
    const waiting = this.#waiting.get(dialler);
    if (!waiting) return;
    this.#waiting.delete(dialler);
    for (const key of waiting.keys) waiting.server.line.delete(key, dialler);
  }

  /** Nothing waits any longer. */
  close(): void {
    for (const dialler of [...this.#waiting.keys()]) this.leave(dialler);
  }

  #serverAt(address: string): Server {
    const server = this.#servers.get(address) ?? {
      allowance: new Allowance(MAX_DIALS_AT_ONCE, MAX_DIALS_PER_SECOND),
      line: new AddressLine(),
      timer: undefined,
    };
    this.#servers.delete(address);
    this.#servers.set(address, server);
    const [next] = this.#servers.keys();
    if (this.#servers.size > MAX_COUNTED_SERVERS) this.#servers.delete(next!);
    return server;
  }

  #wait(dialler: Dialler, server: Server): void {
    const { keys } = this.#waiting.get(dialler) ?? { keys: new Set<string>() };
    for (const key of dialler.turnKeys) {
      if (keys.size >= MAX_TURN_KEYS) break;
      keys.add(key);
      server.line.add(key, dialler);
    }
    this.#waiting.set(dialler, { server, keys });
    this.#serveLater(server);
  }

  #serveLater(server: Server): void {
    server.timer ??= setTimeout(
      this.#guard.entry(() => {
        server.timer = undefined;
        this.#serve(server);
      }),
      DIAL_INTERVAL_MS,
    );
  }

  #serve(server: Server): void {
    const { line, allowance } = server;
    while (line.size > 0 && allowance.take(this.#now())) {
      const dialler = line.take()!;
      this.leave(dialler);
      this.#next = dialler;
      dialler.onTurn();
      this.#next = undefined;
    }
    if (line.size > 0) this.#serveLater(server);
  }
}
