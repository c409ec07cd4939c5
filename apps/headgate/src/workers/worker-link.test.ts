import { Applications, StreamKey } from "@headgate/bus";
import { ClientStream } from "@headgate/client";
import { createGateway, DEFAULT_GATEWAY_OPTIONS } from "@headgate/gateway";
import { RtmpUrl } from "@headgate/session";
import { memoryLinkPair } from "@headgate/transport";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MAX_UNDER_WAY } from "./latest-states.ts";
import type { FromWorker, Owner } from "./messages.ts";
import { WorkerLink } from "./worker-link.ts";
import { WorkerSockets } from "./worker-sockets.ts";

const APPLICATIONS = new Applications(new Map([["*", {}]]));

let link: WorkerLink;
let told: FromWorker[];
let sent: (() => void)[];

beforeEach(() => {
  [told, sent] = [[], []];
  const identity = { slot: 0, serverId: "server", idKey: new Uint8Array(32) };
  link = new WorkerLink(identity, new WorkerSockets("nowhere"), "", (message, onSent) => {
    told.push(message);
    if (onSent) sent.push(onSent);
  });
});

afterEach(() => {
  link.close();
});

const keyOf = (path: string): StreamKey => StreamKey.parse(path, APPLICATIONS) as StreamKey;

test("a primary that does not read is told of few streams, and of each what it is then", () => {
  for (let i = 0; i < 1_000; i += 1) link.announce(keyOf(`live/${i}`), false);
  for (let i = 0; i < 1_000; i += 1) {
    link.announce(keyOf("live/busy"), i % 2 === 0);
    link.withdraw(keyOf(`live/${i}`));
  }
  expect(told).toHaveLength(MAX_UNDER_WAY);
  for (const onSent of sent) onSent();
  const ends = told.filter(({ kind }) => kind === "unpublished");
  expect([told.length, ends.length]).toEqual([2 * MAX_UNDER_WAY + 1, MAX_UNDER_WAY]);
  expect(told).toContainEqual({ kind: "published", stream: "live/busy", isPulled: false });
});

test.each<[string, Owner | undefined, boolean]>([
  ["nobody", undefined, true],
  ["another one", { slot: 2, isPulled: false }, false],
])("whether a stream is free is known once its worker has gone and %s has it", async (_, next, isFree) => {
  link.setOwner("live/cam", { slot: 1, isPulled: false });
  const asked = link.isFree(keyOf("live/cam"));
  link.setOwner("live/cam", { slot: 1, isPulled: false });
  expect(await Promise.race([asked, "open"])).toBe("open");
  link.setOwner("live/cam", next);
  expect(await Promise.race([asked, "open"])).toBe(isFree);
});

test.each(["live/cam", "live/flv:cam", "live/mp4:flv:a/raw:b", "flv:live/cam", "live/a b/c"])(
  "another worker is asked for the stream %s by its whole name",
  async (path) => {
    const { gateway: other, driverContext } = createGateway(
      DEFAULT_GATEWAY_OPTIONS,
      pino({ level: "silent" }),
    );
    const pair = memoryLinkPair();
    other.accept(pair.far);
    link.setOwner(path, { slot: 1, isPulled: false });
    const context = {
      driver: driverContext,
      dial: async () => pair.near,
      log: pino({ level: "silent" }),
      flashVersion: "test",
      chunkSize: DEFAULT_GATEWAY_OPTIONS.chunkSize,
      ackWindow: DEFAULT_GATEWAY_OPTIONS.ackWindow,
    };
    const owner = { onEvent: () => {}, onWritable: () => {}, onOver: () => {} };
    const { url } = link.find(keyOf(path))!;
    new ClientStream(context, { url, purpose: "play" }, owner).start();
    const streams = (): string[] => {
      while (pair.deliver());
      return [...other.streams.keys()];
    };
    await vi.waitFor(() => expect(streams()).toEqual([path]), 10_000);
    pair.near.destroy();
    while (pair.deliver());
    await other.close();
  },
);

test("a server with the name of a worker is dialled as any other: only this server's own URLs lead to one", async () => {
  const dialled: string[] = [];
  const dial = link.dialWith(async ({ host }) => {
    dialled.push(host);
    return memoryLinkPair().near;
  });
  link.setOwner("live/cam", { slot: 1, isPulled: false });
  const { url } = link.find(keyOf("live/cam"))!;
  for (const host of ["worker-1", url.host]) await dial(RtmpUrl.parse(`rtmp://${host}/live/cam`)!);
  expect(dialled).toEqual(["worker-1", "worker-1.invalid"]);
  await expect(dial(url)).rejects.toMatchObject({ name: "DialError" });
  expect(dialled).toHaveLength(2);
});
