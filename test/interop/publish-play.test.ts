import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Child, killEveryChild } from "./child-processes.ts";
import { type HeadgateServer, startHeadgate } from "./headgate-server.ts";
import { everyPlayer, type Player } from "./players.ts";
import { titleOf } from "./programs.ts";
import { everyPublisher, type Publisher } from "./publishers.ts";
import { expectWhole } from "./runs.ts";

const WAIT_BEFORE_MS = 1_000;
const JOIN_AFTER_MS = 3_000;
/** The end of the stream comes with the stream; the rest is for a busy machine. */
const END_WITHIN_MS = 15_000;

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({ applications: { "*": { resumeWindow: "0s" } } });
}, 30_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

/** Each publisher plays to every player at once: to one that waits for it and to one that joins in the middle. */
for (const publisher of everyPublisher) {
  describe(`${titleOf(publisher.program)} publishes ${publisher.media}`, () => {
    const stream = `${publisher.program.name}-${publisher.media}`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
    const reference = (): string => server.file(`${stream}.flv`);
    const viewings = everyPlayer.flatMap((player, index) => [
      new Viewing(publisher, player, `${stream}-${index}-waited`, "start"),
      new Viewing(publisher, player, `${stream}-${index}-joined`, "keyframe"),
    ]);
    const startThoseFrom = (from: Viewing["from"]): void => {
      for (const viewing of viewings) {
        if (viewing.from === from && !viewing.isSkipped) viewing.start(server.url("live", stream));
      }
    };

    beforeAll(async () => {
      if (publisher.isMissing) return;
      startThoseFrom("start");
      await sleep(WAIT_BEFORE_MS);
      const publishing = await publisher.start(server.url("live", stream), reference());
      await sleep(JOIN_AFTER_MS);
      startThoseFrom("keyframe");
      const { code } = await publishing.end(60_000);
      expect(code, publishing.errors).toBe(0);
      await Promise.all(viewings.map((viewing) => viewing.end()));
    }, 120_000);

    for (const viewing of viewings) {
      test.skipIf(viewing.isSkipped)(viewing.title, async () => {
        await viewing.expectWhole(reference());
      });
    }
  });
}

/** One player at one publisher's stream. */
class Viewing {
  readonly title: string;
  readonly isSkipped: boolean;
  readonly from: "start" | "keyframe";
  #child: Child | undefined;
  readonly #player: Player;
  readonly #fileName: string;
  #problem: string | undefined;

  constructor(publisher: Publisher, player: Player, fileName: string, from: Viewing["from"]) {
    const impossible = player.cannotPlay(publisher);
    const when = from === "start" ? "that waited" : "that joined later";
    const reason = impossible ? ` (it cannot: ${impossible})` : "";
    this.title = `${player.title} ${when} plays it packet for packet${reason}`;
    this.isSkipped = publisher.isMissing || player.isMissing || impossible !== undefined;
    this.from = from;
    this.#player = player;
    this.#fileName = fileName;
  }

  start(url: string): void {
    this.#child = this.#player.start(url, server.file(this.#fileName));
  }

  async end(): Promise<void> {
    await this.#child?.end(END_WITHIN_MS).catch((error: Error) => {
      this.#problem = error.message;
    });
  }

  async expectWhole(reference: string): Promise<void> {
    if (this.#problem) throw new Error(`${this.#problem}\n\n${server.log()}`);
    const recorded = await this.#player.read(server.file(this.#fileName));
    const published = await this.#player.readReference(reference);
    expectWhole(published, recorded, {
      from: this.from,
      mayMissAtEnd: this.#player.mayLoseAtEnd,
      context: `${this.#child?.errors}\n${server.log()}`,
    });
  }
}
