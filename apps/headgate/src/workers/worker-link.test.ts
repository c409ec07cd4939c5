import { Applications, StreamKey } from "@headgate/bus";
import { expect, test } from "vitest";
import { MAX_UNDER_WAY } from "./latest-states.ts";
import type { FromWorker } from "./messages.ts";
import { WorkerLink } from "./worker-link.ts";
import { WorkerSockets } from "./worker-sockets.ts";

const APPLICATIONS = new Applications(new Map([["*", {}]]));

const keyOf = (path: string): StreamKey => StreamKey.parse(path, APPLICATIONS) as StreamKey;

test("a primary that does not read is told of few streams, and of each what it is then", () => {
  const told: FromWorker[] = [];
  const sent: (() => void)[] = [];
  const identity = { slot: 0, serverId: "server", idKey: new Uint8Array(32) };
  const link = new WorkerLink(identity, new WorkerSockets("nowhere"), "", (message, onSent) => {
    told.push(message);
    sent.push(onSent);
  });
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
