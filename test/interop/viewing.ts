import { setTimeout as sleep } from "node:timers/promises";
import type { Child } from "../support/child-processes.ts";
import type { HeadgateServer } from "../support/headgate-server.ts";
import type { Player } from "../support/players.ts";
import type { Publisher } from "../support/publishers.ts";
import type { Recording } from "../support/recording.ts";
import { expectWhole } from "../support/runs.ts";

/** The end of the stream comes with the stream; the rest is for a busy machine. */
const END_WITHIN_MS = 30_000;
/**
 * What a program that has to be stopped may not have written yet: ffmpeg puts sound and picture in order, and rtmpdump, killed
 * while it waits for a tunnel's reply, loses 4 KiB of its output.
 */
const HELD_BACK_PACKETS = 40;
/** For the last packets of a player that does not end by itself. */
const LAST_PACKETS_MS = 2_000;

function stripMetadata({ packets, headers }: Recording): Recording {
  return { packets, headers: new Map([...headers].filter(([stream]) => stream !== "onMetaData")) };
}

/** One player at one publisher's stream. */
export class Viewing {
  readonly title: string;
  readonly isSkipped: boolean;
  readonly from: "start" | "keyframe";
  #child: Child | undefined;
  readonly #player: Player;
  readonly #fileName: string;
  #server: HeadgateServer | undefined;
  #problem: string | undefined;
  #mayMissAtEnd: number;

  /** `notSent`: how many of the last packets the publisher may keep to itself. */
  constructor(publisher: Publisher, player: Player, fileName: string, from: Viewing["from"], notSent = 0) {
    const impossible = player.cannotPlay(publisher);
    const when = from === "start" ? "that waited" : "that joined later";
    const reason = impossible ? ` (it cannot: ${impossible})` : "";
    this.title = `${player.title} ${when} plays it packet for packet${reason}`;
    this.isSkipped = publisher.isMissing || player.isMissing || impossible !== undefined;
    this.from = from;
    this.#player = player;
    this.#fileName = fileName;
    this.#mayMissAtEnd = Math.max(player.mayLoseAtEnd, notSent);
  }

  /** `url` is one of the server's, whatever way there it takes. */
  start(server: HeadgateServer, url: string, environment?: NodeJS.ProcessEnv): void {
    this.#server = server;
    this.#child = this.#player.start(url, server.file(this.#fileName), environment);
  }

  async end(isSilent = false): Promise<void> {
    if (isSilent) this.#mayMissAtEnd += HELD_BACK_PACKETS;
    if (isSilent || this.#player.outlivesStream) {
      await sleep(LAST_PACKETS_MS);
      await this.#child?.stop();
      return;
    }
    await this.#child?.end(END_WITHIN_MS).catch((error: Error) => {
      this.#problem = error.message;
    });
  }

  async expectWhole(reference: string, withoutMetadata = false): Promise<void> {
    const server = this.#server;
    if (!server) throw new Error("not started");
    if (this.#problem) throw new Error(`${this.#problem}\n\n${server.log()}`);
    const recorded = await this.#player.read(server.file(this.#fileName));
    const published = await this.#player.readReference(reference);
    const strip = withoutMetadata ? stripMetadata : (recording: Recording): Recording => recording;
    expectWhole(strip(published), strip(recorded), {
      from: this.from,
      mayMissAtEnd: this.#mayMissAtEnd,
      context: `${this.#child?.errors}\n${server.log()}`,
    });
  }
}
