import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import type { HeadgateServer } from "./headgate-server.ts";
import type { Player } from "./players.ts";
import { titleOf } from "./programs.ts";
import type { Publisher } from "./publishers.ts";
import { Viewing } from "./viewing.ts";

const WAIT_BEFORE_MS = 1_000;
const JOIN_AFTER_MS = 3_000;

/**
 * Tests of a publisher that plays to every player at once: to one that waits for it and to one that joins in the middle.
 * The server is asked for when it has started.
 */
export function describePublishing(
  publisher: Publisher,
  players: readonly Player[],
  server: () => HeadgateServer,
): void {
  describe(`${titleOf(publisher.program)} publishes ${publisher.media}`, () => {
    const stream = `${publisher.program.name}-${publisher.media}`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
    const reference = (): string => server().file(`${stream}.flv`);
    const viewings = players.flatMap((player, index) => [
      new Viewing(publisher, player, `${stream}-${index}-waited`, "start"),
      new Viewing(publisher, player, `${stream}-${index}-joined`, "keyframe"),
    ]);
    const startThoseFrom = (from: Viewing["from"]): void => {
      for (const viewing of viewings) {
        if (viewing.from === from && !viewing.isSkipped)
          viewing.start(server(), server().url("live", stream));
      }
    };

    beforeAll(async () => {
      if (publisher.isMissing) return;
      startThoseFrom("start");
      await sleep(WAIT_BEFORE_MS);
      const publishing = await publisher.start(server().url("live", stream), reference());
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
