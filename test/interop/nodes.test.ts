import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { ffmpegPlayer, rtmpdumpLivePlayer } from "../support/players.ts";
import { areMissing, ffmpeg, haproxy, nginx, rtmpdump, titleOf } from "../support/programs.ts";
import { ffmpegH264 } from "../support/publishers.ts";
import { expectWhole } from "../support/runs.ts";
import { type RunningProxy, startNodeHaproxy, startNodeNginx } from "./proxies.ts";

/** So many that a load balancer that takes turns has sessions of both nodes, and their requests come mixed. */
const PLAYERS_EACH = 3;
const NAMES = ["a", "b"];

const nodes: HeadgateServer[] = [];

beforeAll(async () => {
  for (const node of NAMES) {
    nodes.push(await startHeadgate({ applications: { "*": { resumeWindow: "0s" } }, tunnel: { node } }));
  }
}, 60_000);

afterAll(async () => {
  for (const node of nodes) await node.stop();
  killEveryChild();
});

for (const [balancer, startBalancer] of [
  [haproxy, startNodeHaproxy],
  [nginx, startNodeNginx],
] as const) {
  describe.skipIf(areMissing(balancer, ffmpeg, rtmpdump))(`two nodes behind ${titleOf(balancer)}`, () => {
    let proxy: RunningProxy;

    beforeAll(async () => {
      proxy = await startBalancer(new Map(nodes.map((node, index) => [NAMES[index]!, node.port(0)])));
    }, 90_000);

    afterAll(() => proxy?.stop());

    test("every session's requests find the node that has it", async () => {
      const [first] = nodes;
      const stream = `behind-${balancer.name}`;
      const players = Array.from({ length: PLAYERS_EACH }, () => [ffmpegPlayer, rtmpdumpLivePlayer]).flat();
      const url = `rtmpt://127.0.0.1:${proxy.port}/live/${stream}`;
      const watching: { child: Child; file: string }[] = [];
      for (const [index, player] of players.entries()) {
        const file = first!.file(`${stream}-${index}`);
        watching.push({ child: player.start(url, file), file });
      }
      await sleep(2_000);
      // The nodes know nothing of each other: each has the stream from a publisher of its own.
      const reference = first!.file(`${stream}.flv`);
      const publishing = [];
      for (const node of nodes) publishing.push(await ffmpegH264.start(node.url("live", stream), reference));
      for (const publisher of publishing)
        expect((await publisher.end(60_000)).code, publisher.errors).toBe(0);
      for (const [index, { child, file }] of watching.entries()) {
        const player = players[index]!;
        await child.end(15_000);
        expectWhole(await player.readReference(reference), await player.read(file), {
          from: "start",
          context: `${player.title} ${child.errors}`,
        });
      }
      for (const node of nodes) expect(tunnelsOf(node, stream)).toBeGreaterThan(0);
    }, 90_000);
  });
}

function tunnelsOf(node: HeadgateServer, stream: string): number {
  const lines = node.log(10_000).split("\n");
  return lines.filter((line) => line.includes('"transport":"rtmpt"') && line.includes(`live/${stream}`))
    .length;
}
