import { leadsElsewhere } from "./leads-elsewhere.ts";
import { MAX_NAME_LENGTH } from "./limits.ts";

/** The name that stands for every application that has no options of its own. */
const EVERY_OTHER = "*";

/** A configured application: the host it is for, and the levels with which its streams' paths begin. */
export interface Application<Options> {
  /** Empty unless the application is configured for one virtual host, as `//host/live`. */
  readonly virtualHost: string;
  /** One level or several, as `live` or `live/west`; `*` is every other name. */
  readonly name: string;
  readonly options: Options;
}

/** The options of applications, looked up by the path of a stream or of a connection. */
export class Applications<Options> {
  /** By virtual host; the empty one serves the clients of every other. */
  #hosts: ReadonlyMap<string, Map<string, Application<Options>>> = new Map();
  /** The most levels that a configured name has: a client can write thousands, and looking for each of them takes time. */
  #mostLevels = 0;

  /** `configured` has names such as `live`, `live/west`, `*`, `//tv.example.com/live` and `//tv.example.com/*`. */
  constructor(configured: ReadonlyMap<string, Options>) {
    this.replace(configured);
  }

  /** Has these applications instead. Streams that are there keep the options that they have begun with. */
  replace(configured: ReadonlyMap<string, Options>): void {
    const hosts = new Map<string, Map<string, Application<Options>>>();
    this.#mostLevels = 0;
    for (const [written, options] of configured) {
      const [, virtualHost = "", name = written] = /^\/\/([^/]*)\/(.*)$/.exec(written) ?? [];
      const byName = hosts.get(virtualHost) ?? new Map<string, Application<Options>>();
      hosts.set(virtualHost, byName.set(name, { virtualHost, name, options }));
      this.#mostLevels = Math.max(this.#mostLevels, name.split("/").length);
    }
    this.#hosts = hosts;
  }

  /**
   * The application whose name takes most of these levels, and leaves at least `leave` of them; else `*`. A matching
   * application of the virtual host comes before those that all hosts share.
   */
  find(virtualHost: string, levels: readonly string[], leave: number): Application<Options> | undefined {
    const longest = Math.min(levels.length - leave, this.#mostLevels);
    for (const byName of this.#namespaces(virtualHost)) {
      for (let length = longest; length >= 0; length -= 1) {
        const found = byName.get(levels.slice(0, length).join("/"));
        if (found) return found;
      }
      const everyOther = byName.get(EVERY_OTHER);
      if (everyOther) return everyOther;
    }
    return undefined;
  }

  /** Of a stream. */
  optionsOf({ virtualHost, application }: { virtualHost: string; application: string }): Options | undefined {
    const byName = this.#hosts.get(virtualHost);
    return (byName?.get(application) ?? byName?.get(EVERY_OTHER))?.options;
  }

  /** Whether any stream can be reached from a connection whose path has these levels. */
  admits(virtualHost: string, levels: readonly string[]): boolean {
    if (levels.join("/").length > MAX_NAME_LENGTH || leadsElsewhere(levels)) return false;
    if (this.find(virtualHost, levels, 0)) return true;
    const prefix = levels.map((level) => `${level}/`).join("");
    return this.#namespaces(virtualHost).some((byName) =>
      [...byName.keys()].some((name) => name.startsWith(prefix)),
    );
  }

  #namespaces(virtualHost: string): readonly Map<string, Application<Options>>[] {
    const hosts = virtualHost === "" ? [""] : [virtualHost.toLowerCase(), ""];
    return hosts.flatMap((host) => this.#hosts.get(host) ?? []);
  }
}
