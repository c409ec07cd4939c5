import { isDeepStrictEqual } from "node:util";
import type { StreamKey } from "@headgate/bus";
import { ALLOW, deny, type Gateway, type Policy } from "@headgate/gateway";
import type { Logger } from "pino";
import { Channel } from "./channel.ts";
import type { ApplicationPlaylists, PlaylistOptions } from "./config.ts";
import type { PlaylistCounts } from "./list-run.ts";

export interface PlaylistsOptions {
  readonly gateway: Pick<Gateway, "publish" | "read" | "openRecording" | "faults" | "keyOf">;
  /** By name. */
  readonly applications: ReadonlyMap<string, ApplicationPlaylists>;
  /** Whether this process publishes them: one of those of a server does. */
  readonly isPublisher: boolean;
  readonly log: Logger;
  /** Milliseconds of a clock that never runs backward. */
  readonly now: () => number;
}

/** A playlist as it is configured. */
interface Configured {
  readonly key: StreamKey;
  readonly options: PlaylistOptions;
}

/** All playlists of a server. They run whether or not they have viewers. */
export class Playlists {
  readonly counts: PlaylistCounts = { played: 0, failed: 0 };
  readonly #options: PlaylistsOptions;
  #applications: ReadonlyMap<string, ApplicationPlaylists>;
  /** By the path of the stream. */
  #configured: ReadonlyMap<string, Configured> = new Map();
  readonly #channels = new Map<string, Channel>();

  constructor(options: PlaylistsOptions) {
    this.#options = options;
    this.#applications = options.applications;
  }

  /** How many have an item on, and how many wait for one that can be played, or for their time. */
  get states(): { readonly playing: number; readonly waiting: number } {
    const playing = [...this.#channels.values()].filter(({ isPlaying }) => isPlaying).length;
    return { playing, waiting: this.#channels.size - playing };
  }

  /** The name of a playlist is its own, whatever the application's policy is, and also while it waits for its time. */
  get policy(): Policy {
    return {
      name: "playlist",
      publish: ({ key }) =>
        this.#configured.has(key.path) ? deny("NetStream.Publish.BadName", "ALREADY_PUBLISHED") : ALLOW,
    };
  }

  start(): void {
    this.reconfigure(this.#applications);
  }

  /** Playlists that have changed begin anew; the others do not notice. */
  reconfigure(applications: ReadonlyMap<string, ApplicationPlaylists>): void {
    this.#applications = applications;
    const before = this.#configured;
    this.#configured = this.#configuredIn(applications);
    if (!this.#options.isPublisher) return;
    for (const [path, channel] of this.#channels) {
      if (this.#configured.has(path)) continue;
      this.#channels.delete(path);
      channel.end();
    }
    for (const [path, { key, options }] of this.#configured) {
      const known = this.#channels.get(path);
      if (!known) this.#begin(key, options);
      else if (!isDeepStrictEqual(before.get(path)?.options, options)) known.change(options);
    }
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.end();
    this.#channels.clear();
  }

  #begin(key: StreamKey, options: PlaylistOptions): void {
    const channel = new Channel({ ...this.#options, counts: this.counts }, key, options);
    this.#channels.set(key.path, channel);
    channel.start();
  }

  #configuredIn(applications: ReadonlyMap<string, ApplicationPlaylists>): ReadonlyMap<string, Configured> {
    const configured = new Map<string, Configured>();
    for (const [application, { playlists }] of applications) {
      for (const [name, options] of playlists) {
        const key = this.#options.gateway.keyOf(`${application}/${name}`);
        if (typeof key === "object") configured.set(key.path, { key, options });
      }
    }
    return configured;
  }
}
