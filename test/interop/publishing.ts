import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, type TestContext, test } from "vitest";
import type { Child } from "../support/child-processes.ts";
import type { FlvScheme, HeadgateServer, Scheme } from "../support/headgate-server.ts";
import type { Player } from "../support/players.ts";
import { titleOf } from "../support/programs.ts";
import type { Publisher } from "../support/publishers.ts";
import { Viewing } from "./viewing.ts";

/** Of one file, unless it says otherwise: they wait for media that plays in real time. */
const PUBLISHINGS_AT_ONCE = 3;

const WAIT_BEFORE_MS = 1_000;
const JOIN_AFTER_MS = 3_000;

/** How a program comes to a stream. */
export interface Way {
  readonly scheme: Scheme | FlvScheme;
  /** For the titles of tests; the scheme by itself says nothing of ports and proxies. */
  readonly by?: string;
  /** Where to, on this machine. Asked for when everything stands. */
  readonly port: () => number;
  /** `live` unless it is said. */
  readonly application?: string;
  /** Variables for the program: proxies are found in them. Asked for when everything stands. */
  readonly environment?: () => NodeJS.ProcessEnv;
}

export interface Seat extends Way {
  readonly player: Player;
}

export interface Publishing extends Way {
  readonly publisher: Publisher;
  readonly seats: readonly Seat[];
  /** Which players there are: some that wait for the publisher, some that join in the middle. */
  readonly from?: readonly Viewing["from"][];
  /** Set if another server is in between, which has metadata of its own. */
  readonly rewritesMetadata?: true;
  /** Set if players are not told when the stream ends, so that they have to be stopped. */
  readonly endsSilently?: true;
  /** How many of the file are under way at once: more if each takes long and costs little. */
  readonly atOnce?: number;
  /** Asked for when it has started. */
  readonly server: () => HeadgateServer;
}

declare module "vitest" {
  interface TaskMeta {
    /** Which pair of transports a test is about, for the table at the end of the run. */
    pair?: { readonly publish: Way["scheme"]; readonly play: Way["scheme"]; readonly player: string };
  }
}

/** Tests of a publisher that plays to all its players at once, each compared packet for packet. */
export function describePublishing(publishing: Publishing): void {
  const { publisher, seats, from = ["start", "keyframe"], atOnce = PUBLISHINGS_AT_ONCE, server } = publishing;
  const title = `${titleOf(publisher.program)} publishes ${publisher.media} ${byOf(publishing)}`;
  describe.concurrent(title, () => {
    const stream = title.toLowerCase().replace(/[^a-z0-9]+/g, "-");
    const reference = (): string => server().file(`${stream}.flv`);
    const places = seats.flatMap((seat, index) =>
      from.map((when) => ({
        seat,
        viewing: new Viewing(publisher, seat.player, `${stream}-${index}-${when}`, when, notSent(publishing)),
      })),
    );
    const startThoseFrom = (when: Viewing["from"]): void => {
      for (const { seat, viewing } of places) {
        if (viewing.from !== when || viewing.isSkipped) continue;
        viewing.start(server(), urlOf(seat, stream), seat.environment?.());
      }
    };

    beforeAll(async () => {
      if (publisher.isMissing) return;
      await inTurn(atOnce, async () => {
        startThoseFrom("start");
        await sleep(WAIT_BEFORE_MS);
        const url = urlOf(publishing, stream);
        const child: Child = await publisher.start(url, reference(), publishing.environment?.());
        await sleep(JOIN_AFTER_MS);
        startThoseFrom("keyframe");
        const { code } = await child.end(120_000);
        expect(code, child.errors).toBe(0);
        await Promise.all(places.map(({ viewing }) => viewing.end(publishing.endsSilently)));
      });
    }, 300_000);

    for (const { seat, viewing } of places) {
      test.skipIf(viewing.isSkipped)(`${viewing.title} ${byOf(seat)}`, async ({ task }: TestContext) => {
        const player = seat.player.title;
        task.meta.pair = { publish: publishing.scheme, play: seat.scheme, player };
        await viewing.expectWhole(reference(), publishing.rewritesMetadata);
      });
    }
  });
}

let underWay = 0;
const waiting: (() => void)[] = [];

/** Does the work when fewer are under way. */
async function inTurn(atOnce: number, work: () => Promise<void>): Promise<void> {
  if (underWay >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  underWay += 1;
  try {
    await work();
  } finally {
    underWay -= 1;
    waiting.shift()?.();
  }
}

function byOf({ scheme, by }: Way): string {
  return by === undefined ? `as ${scheme}` : `as ${scheme} ${by}`;
}

function urlOf({ scheme, port, application = "live" }: Way, stream: string): string {
  const ending = scheme === "http" || scheme === "ws" ? ".flv" : "";
  return `${scheme}://127.0.0.1:${port()}/${application}/${stream}${ending}`;
}

/**
 * What FFmpeg does not send: when it closes a tunnel it throws away what it has not flushed. It flushes with every tenth packet,
 * but only if the reply to its last request has arrived, so on a busy machine it may leave out several tens
 * (libavformat/rtmphttp.c, rtmpproto.c). A minute of these tests has 4,300 packets, the shortest recording 500.
 */
const UNFLUSHED_PACKETS = 50;

function notSent({ publisher, scheme }: Publishing): number {
  const isFfmpeg = publisher.program.name.toLowerCase() === "ffmpeg";
  return isFfmpeg && scheme.startsWith("rtmpt") ? UNFLUSHED_PACKETS : 0;
}
