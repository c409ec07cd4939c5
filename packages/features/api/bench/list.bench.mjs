// How long lists of 10,000 sessions and 200 streams hold the event loop, and how long they take: over HTTP, as an operator gets them.
//
//     npx tsc -b && npm run bench -w @headgate/api

import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { createGateway, DEFAULT_GATEWAY_OPTIONS, DEFAULT_LIMITS } from "@headgate/gateway";
import { ClientHandshake } from "@headgate/handshake";
import { createAdminServer } from "@headgate/http-server";
import { ScriptedPeer } from "@headgate/scripted-peer";
import { NO_FAULTS } from "@headgate/testkit";
import { memoryLinkPair } from "@headgate/transport";
import { pino } from "pino";
import { Audiences, apiRoutes, LocalView, LogTail, Quality, ServerQuality } from "../dist/index.js";

const SESSIONS = 10_000;
/** Each is published by one of the sessions; the others play the first. */
const STREAMS = 200;
const ROUNDS = 7;

const log = pino({ level: "silent" });
const { gateway, driverContext } = createGateway(
  {
    ...DEFAULT_GATEWAY_OPTIONS,
    limits: { ...DEFAULT_LIMITS, maxConnections: SESSIONS, maxConnectionsPerAddress: SESSIONS },
  },
  log,
);
const audiences = new Audiences(gateway, driverContext.now);
gateway.observe(audiences.streamObserver);
gateway.observeSessions(audiences.sessionObserver);
const quality = new Quality(gateway, driverContext);
gateway.observe(quality.streamObserver);
gateway.observeSessions(quality.sessionObserver);

for (let index = 0; index < SESSIONS; index += 1) {
  const pair = memoryLinkPair({ remoteAddress: `10.0.${index >> 8}.${index & 255}`, capacity: 64 * 1024 });
  const random = (length) => new Uint8Array(length).fill(7);
  const peer = new ScriptedPeer(new ClientHandshake({ random, kind: "simple" }), (bytes) =>
    pair.far.write(bytes),
  );
  pair.far.open({ onBytes: (bytes) => peer.receive(bytes), onWritable: () => {}, onClosed: () => {} });
  gateway.accept(pair.near);
  peer.start();
  peer.connect("live", {
    pageUrl: "https://www.example.com/watch",
    swfUrl: "https://www.example.com/player.swf",
  });
  // A publisher must have been let in.
  while (index < STREAMS && pair.deliver()) await nextTurn();
  if (index < STREAMS) peer.publish(`cam${index}`);
  else peer.play("cam0");
  while (pair.deliver()) await nextTurn();
}

const view = new LocalView({
  gateway,
  audiences,
  quality,
  serverQuality: new ServerQuality(gateway, driverContext.now),
  log: new LogTail(),
  features: () => [],
  listeners: () => [],
  expiries: () => [],
  tunnels: { sessions: 0, states: () => [] },
  now: driverContext.now,
});
const admin = createAdminServer({
  names: () => [],
  faults: NO_FAULTS,
  routes: [
    apiRoutes({
      id: gateway.id,
      version: "0.0.0",
      view,
      compatibility: ["nginx-rtmp", "mediamtx"],
      applications: () => ["live"],
      faults: NO_FAULTS,
      configuration: () => ({}),
    }),
  ],
});
const origin = await admin.listen({ host: "127.0.0.1", port: 0 });

/**
 * The longest that nothing else had its turn during this work, and how long the work took. Other programs lengthen a turn by the
 * clock, and threads that collect garbage beside it by its processor time: no turn was longer than the less of both.
 */
async function holdOf(work) {
  let longestMs = 0;
  let isOver = false;
  const watch = (async () => {
    let [beforeMs, before] = [performance.now(), process.cpuUsage()];
    while (!isOver) {
      await nextTurn();
      const { user, system } = process.cpuUsage(before);
      longestMs = Math.max(longestMs, Math.min(performance.now() - beforeMs, (user + system) / 1_000));
      [beforeMs, before] = [performance.now(), process.cpuUsage()];
    }
  })();
  const startMs = performance.now();
  const bytes = await work();
  const tookMs = performance.now() - startMs;
  isOver = true;
  await watch;
  return { longestMs, tookMs, bytes };
}

/** The reader of the answer is in this process, too. */
async function ask(path) {
  const reply = await fetch(origin + path);
  let bytes = 0;
  for await (const chunk of reply.body) bytes += chunk.length;
  if (reply.status !== 200) throw new Error(`${path}: ${reply.status}`);
  return bytes;
}

console.log(
  `${gateway.sessions.size} sessions; of ${ROUNDS} rounds the one that holds least, and the median`,
);
async function report(name, work) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await holdOf(work));
  const [best] = rounds.sort((a, b) => a.longestMs - b.longestMs);
  const middle = rounds[Math.floor(ROUNDS / 2)];
  const text = (ms) => `${ms.toFixed(1)} ms`.padStart(9);
  console.log(
    `${name.padEnd(30)} holds ${text(best.longestMs)} (median ${text(middle.longestMs)}), takes ${text(best.tookMs)}, ${Math.round(best.bytes / 1000)} kB`,
  );
}

// The gateway looks at all sessions a few times a second, whoever asks for what. That is measured by itself.
await report("(nothing but timers)", () => sleep(500, 0));
for (const swept of [gateway, quality]) driverContext.sweep.delete(swept);
for (const path of [
  "/api/v1/clients?count=10000",
  `/api/v1/streams?count=${STREAMS}`,
  "/api/v1/quality/server",
  "/api/v1/summaries",
  "/stat",
  "/v3/rtmpconns/list",
])
  await report(path, () => ask(path));
process.exit();
