import { type HandshakeKind, Histogram, LoadSession, parseStreamUrl } from "@headgate/load";
import type { HandshakesReport, ToHandshakes } from "./handshakes-messages.ts";

// The connecting clients, in a process of their own, so that their cost is measured separately.

/** Longer than any server takes that still answers. */
const ANSWER_MS = 5_000;

const LOOK_EVERY_MS = 1_000;

const MAX_PROBLEMS = 5;

const acceptedMs = new Histogram();
const problems = new Set<string>();
/** Since when each is on its way, in the order in which they began. */
const onTheirWay = new Map<LoadSession, number>();
let accepted = 0;
let failed = 0;

process.on("message", (message: ToHandshakes) => {
  if (message.kind === "open") open(message);
  else if (message.kind === "begin") begin();
  else report();
});
process.on("disconnect", () => process.exit());

function open({ url, handshake, concurrency }: Extract<ToHandshakes, { kind: "open" }>): void {
  const target = parseStreamUrl(url);
  for (let i = 0; i < concurrency; i += 1) openOne(target, handshake);
  setInterval(() => {
    const latest = performance.now() - ANSWER_MS;
    for (const [session, sinceMs] of onTheirWay) if (sinceMs < latest) session.refuse("no answer");
  }, LOOK_EVERY_MS);
}

/** Connects, leaves once it has been accepted, and lets the next one come. */
function openOne(url: ReturnType<typeof parseStreamUrl>, handshake: HandshakeKind): void {
  const startMs = performance.now();
  let isDone = false;
  const done = (problem?: string): void => {
    if (isDone) return;
    isDone = true;
    onTheirWay.delete(session);
    if (problem === undefined) {
      accepted += 1;
      acceptedMs.add(performance.now() - startMs);
      session.destroy();
    } else {
      failed += 1;
      if (problems.size < MAX_PROBLEMS) problems.add(problem);
    }
    // Not at once: a server that refuses would be asked again in the same turn, for ever.
    setImmediate(() => openOne(url, handshake));
  };
  const session: LoadSession = new LoadSession(
    url,
    { verb: "connect", handshake },
    {
      onStarted: () => done(),
      onBytes: () => {},
      onMedia: () => {},
      onEnded: ({ message }) => done(message),
    },
  );
  onTheirWay.set(session, startMs);
}

/** From here on it counts: before, the server was still cold. */
function begin(): void {
  accepted = 0;
  failed = 0;
  acceptedMs.clear();
  problems.clear();
}

function report(): void {
  const result: HandshakesReport = {
    accepted,
    failed,
    problems: [...problems],
    acceptedMs: { p50: acceptedMs.percentile(50), p99: acceptedMs.percentile(99) },
  };
  process.send?.(result);
}
