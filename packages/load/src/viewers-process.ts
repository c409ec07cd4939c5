import { parseBenchUrl } from "./bench-url.ts";
import { Histogram } from "./histogram.ts";
import { openCarrier } from "./open-carrier.ts";
import { Viewer } from "./viewer.ts";
import type { FromViewers, ToViewers } from "./viewers-messages.ts";

// The viewers, in a process of their own: what they cost is told apart from what the publisher costs.

/**
 * So many read what comes as it comes; the others ten times a second, as players do that have a buffer: else the load would
 * have no time left with servers that write every message.
 */
const PROMPT_VIEWERS = 100;

const READ_EVERY_MS = 100;
const SHARES = 10;

const OPENED_AT_ONCE = 20;
const OPEN_EVERY_MS = 20;

const latency = new Histogram();
const firstFrame = new Histogram();
const viewers: Viewer[] = [];
let started = 0;
let bytes = 0;

const sink = {
  onStarted: () => {
    started += 1;
  },
  onBytes: (length: number) => {
    bytes += length;
  },
  onLatency: (ms: number) => latency.add(ms),
  onFirstFrame: (ms: number) => firstFrame.add(ms),
};

process.on("message", (message: ToViewers) => {
  if (message.kind === "open") open(message.url, message.viewers);
  else if (message.kind === "drain") drain(message.port, message.connections);
  else if (message.kind === "begin") begin();
  else report();
});
process.on("disconnect", () => process.exit());

function open(text: string, count: number): void {
  const url = parseBenchUrl(text);
  const timer = setInterval(() => {
    for (let i = 0; i < OPENED_AT_ONCE && viewers.length < count; i += 1)
      viewers.push(new Viewer(url, sink, viewers.length < PROMPT_VIEWERS));
    const failed = viewers.filter(({ problem }) => problem !== undefined).length;
    if (viewers.length < count || started + failed < count) return;
    clearInterval(timer);
    readSeldom(viewers.slice(PROMPT_VIEWERS));
    tell({ kind: "opened" });
  }, OPEN_EVERY_MS);
}

/** A share at a time, so that the process has something to do all the time. */
function readSeldom(some: readonly Viewer[]): void {
  let share = 0;
  setInterval(() => {
    for (let index = share; index < some.length; index += SHARES) some[index]!.readOnce();
    share = (share + 1) % SHARES;
  }, READ_EVERY_MS / SHARES);
}

function drain(port: number, connections: number): void {
  const target = { host: "127.0.0.1", port, isTls: false, isTunnel: false };
  const handler = {
    onOpen: () => {
      started += 1;
      if (started === connections) tell({ kind: "opened" });
    },
    onBytes: ({ length }: Uint8Array) => sink.onBytes(length),
    onClosed: () => {},
  };
  for (let i = 0; i < connections; i += 1) openCarrier(target, handler);
}

/** From here on it counts. What was late while viewers still came is no latency of the stream. */
function begin(): void {
  bytes = 0;
  latency.clear();
}

function report(): void {
  const problems = viewers.flatMap((viewer) => (viewer.isWhole ? [] : [viewer.problem ?? "nothing came"]));
  tell({
    kind: "report",
    bytes,
    whole: viewers.length - problems.length,
    problems: [...new Set(problems)].slice(0, 5),
    firstFrameMs: { p50: firstFrame.percentile(50), p99: firstFrame.percentile(99) },
    latencyMs: {
      p50: latency.percentile(50),
      p95: latency.percentile(95),
      p99: latency.percentile(99),
      max: latency.maxMs,
    },
  });
  for (const viewer of viewers) viewer.destroy();
}

function tell(message: FromViewers): void {
  process.send?.(message);
}
