import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { measureCosts } from "@headgate/load";
import type { HandshakesReport, ToHandshakes } from "./handshakes-messages.ts";
import { machineAndDate } from "./machine.ts";
import { markdownTable } from "./markdown-table.ts";
import { medianReport } from "./median-report.ts";
import { prepareResults, writeResults } from "./results.ts";
import {
  headgate,
  nginxRtmp,
  nginxStreamTls,
  nodeMediaServer,
  nodeMediaServerTls,
  type ServerKind,
} from "./servers.ts";

export interface HandshakesOptions {
  readonly handshakes: readonly string[];
  /** How many are on their way at a time. */
  readonly concurrency: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Where the results are written, if anywhere. */
  readonly results: string | undefined;
}

/** The handshakes measured, and the servers: `rtmps` is a full TLS handshake before a simple one. */
const HANDSHAKES = {
  simple: { scheme: "rtmp", handshake: "simple", servers: [headgate, nginxRtmp, nodeMediaServer] },
  digest: { scheme: "rtmp", handshake: "digest", servers: [headgate, nginxRtmp] },
  rtmpe: { scheme: "rtmpe", handshake: "rtmpe", servers: [headgate] },
  rtmps: { scheme: "rtmps", handshake: "simple", servers: [headgate, nginxStreamTls, nodeMediaServerTls] },
} as const;

type HandshakeName = keyof typeof HANDSHAKES;

export const HANDSHAKE_NAMES: string[] = Object.keys(HANDSHAKES);

interface Measured extends HandshakesReport {
  readonly perSecond: number;
  /** The figure to compare by: the other processors of the machine have no part in it. */
  readonly perCpuSecond: number;
  readonly serverCpuPercent: number;
  readonly loadCpuPercent: number;
  readonly isLoadBound: boolean;
}

/** The key of a result. */
interface Contender {
  readonly name: HandshakeName;
  readonly server: ServerKind;
  readonly measured: Measured[];
}

/** Warm-up for JIT compilers. */
const WARM_UP_MS = 3_000;

/** Opens connections to each server in turn, round by round; prints how many it accepted for a second of its processor time. */
export async function handshakes(options: HandshakesOptions): Promise<void> {
  prepareResults(options.results);
  const contenders = contendersOf(options);
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const { name, server, measured } of contenders) {
      const running = await server.start();
      try {
        const one = await measure(name, running, options);
        measured.push(one);
        process.stderr.write(`round ${round}, ${name}, ${server.name}: ${summary(one)}\n`);
      } finally {
        await running.stop();
      }
    }
  }
  const text = `${heading(options)}\n\n${table(contenders)}`;
  process.stdout.write(`\n${text}`);
  const all = contenders.map(({ name, server, measured }) => ({ name, server: server.name, measured }));
  writeResults(options.results, {
    "handshakes.md": text,
    "handshakes.json": `${JSON.stringify(all, null, 2)}\n`,
  });
}

function contendersOf(options: HandshakesOptions): readonly Contender[] {
  return options.handshakes.flatMap((text) => {
    if (!isName(text)) throw new Error(`${text} is none of ${HANDSHAKE_NAMES.join(", ")}`);
    return HANDSHAKES[text].servers.flatMap((server) => {
      if (server.missing === undefined) return [{ name: text, server, measured: [] }];
      process.stderr.write(`bench: ${server.name} is left out, it needs: ${server.missing}\n`);
      return [];
    });
  });
}

function isName(text: string): text is HandshakeName {
  return Object.hasOwn(HANDSHAKES, text);
}

async function measure(
  name: HandshakeName,
  { port, pid }: { readonly port: number; readonly pid: number },
  { concurrency, seconds }: HandshakesOptions,
): Promise<Measured> {
  const { scheme, handshake } = HANDSHAKES[name];
  const child = fork(fileURLToPath(new URL("handshakes-process.js", import.meta.url)), {
    // JSON has no NaN, which stands for a time that was not measured.
    serialization: "advanced",
  });
  const tell = (message: ToHandshakes): boolean => child.send(message);
  try {
    tell({ kind: "open", url: `${scheme}://127.0.0.1:${port}/live/bench`, handshake, concurrency });
    await sleep(WARM_UP_MS);
    tell({ kind: "begin" });
    const costs = await measureCosts(seconds, { server: pid, load: child.pid ?? 0 });
    tell({ kind: "end" });
    const report: HandshakesReport = (await once(child, "message"))[0];
    const { elapsedSeconds, serverSeconds, loadCpuPercent, isLoadBound } = costs;
    return {
      ...report,
      perSecond: report.accepted / elapsedSeconds,
      perCpuSecond: report.accepted / serverSeconds,
      serverCpuPercent: (100 * serverSeconds) / elapsedSeconds,
      loadCpuPercent,
      isLoadBound,
    };
  } finally {
    child.kill();
  }
}

function heading({ concurrency, seconds, rounds }: HandshakesOptions): string {
  const what = `Connections from TCP to the _result of connect, ${concurrency} at a time, ${seconds} s each, the middle one of ${rounds}`;
  return `${what}; TLS 1.3 with RSA 2048, never resumed; ${machineAndDate()}`;
}

function table(contenders: readonly Contender[]): string {
  const rows = contenders.map(({ name, server, measured }) => {
    const { perCpuSecond, perSecond, serverCpuPercent, failed, ...median } = medianReport(
      measured,
      (each) => each.perCpuSecond,
    );
    return [
      name,
      server.name,
      perCpuSecond.toFixed(0),
      perSecond.toFixed(0),
      `${serverCpuPercent.toFixed(0)}%`,
      `${median.acceptedMs.p50.toFixed(0)} / ${median.acceptedMs.p99.toFixed(0)}`,
      `${failed}`,
      `${median.loadCpuPercent.toFixed(0)}%${median.isLoadBound ? " (bound)" : ""}`,
    ];
  });
  const head = [
    "handshake",
    "server",
    "per CPU s of the server",
    "per s",
    "server CPU",
    "accepted after ms, 50% / 99%",
    "failed",
    "load CPU",
  ];
  return markdownTable(head, rows);
}

function summary({ perCpuSecond, perSecond, failed, problems, loadCpuPercent }: Measured): string {
  return [
    `${perCpuSecond.toFixed(0)} per CPU s`,
    `${perSecond.toFixed(0)} per s`,
    `load ${loadCpuPercent.toFixed(0)}%`,
    ...(failed > 0 ? [`${failed} failed: ${problems.join("; ")}`] : []),
  ].join(", ");
}
