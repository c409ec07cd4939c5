import cluster from "node:cluster";
import { answerCall, type LogTail } from "@headgate/api";
import { Guard } from "@headgate/transport";
import type { Logger } from "pino";
import type { ConfigState } from "../config-state.ts";
import type { LogOutput } from "../log-output.ts";
import { type Server, StartError, startServer } from "../server.ts";
import { ENDING_SIGNALS } from "../wait-for-signal.ts";
import { type Answers, type FromWorker, readToWorker, type ToWorker } from "./messages.ts";
import { WorkerLink } from "./worker-link.ts";
import { WorkerReload } from "./worker-reload.ts";
import { WorkerSockets } from "./worker-sockets.ts";

/** The variables in which the primary passes a worker its identity. They are not part of the configuration. */
export const SLOT_VARIABLE = "INTERNAL_HEADGATE_SLOT";
export const SERVER_VARIABLE = "INTERNAL_HEADGATE_SERVER";
export const FOLDER_VARIABLE = "INTERNAL_HEADGATE_FOLDER";
export const ID_KEY_VARIABLE = "INTERNAL_HEADGATE_ID_KEY";

/** Whether this process is a worker. */
export function isWorker(): boolean {
  return cluster.isWorker && process.env[SLOT_VARIABLE] !== undefined;
}

interface WorkerParts {
  readonly log: Logger;
  readonly output: LogOutput;
  readonly tail: LogTail;
  readonly hasDemo: boolean;
}

/** Runs one of several processes of a server: like a single one, except that streams can be watched in all. */
export async function runWorker(
  state: ConfigState,
  { log, output, tail, hasDemo }: WorkerParts,
): Promise<void> {
  const { config } = state;
  const slot = Number(process.env[SLOT_VARIABLE]);
  const sockets = new WorkerSockets(process.env[FOLDER_VARIABLE] ?? "");
  leaveNothing(sockets, slot);
  const tell = (message: FromWorker, onSent: () => void = ignore): void => {
    process.send?.(message, undefined, undefined, (error) => {
      exitOn(error);
      onSent();
    });
  };
  const link = new WorkerLink(
    {
      slot,
      serverId: process.env[SERVER_VARIABLE] ?? "",
      idKey: Buffer.from(process.env[ID_KEY_VARIABLE] ?? "", "hex"),
    },
    sockets,
    config.tunnel.node,
    tell,
  );
  let server: Server;
  try {
    server = await startServer({
      config,
      log: log.child({ worker: slot }),
      output,
      tail,
      hasDemo: hasDemo && slot === 0,
      worker: link,
    });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    tell({ kind: "failed", problems: error.problems });
    return;
  }
  const { gateway, relays } = server;
  const reload = new WorkerReload(state, server);
  const guard = new Guard(gateway.faults, "worker", ignore);
  const confirm = (stream: string, asker: number): void =>
    guard.settle(gateway.confirmPublisher(stream), () => tell({ kind: "heard", stream, asker }));
  const onMessage = (message: unknown): void => {
    const told = readToWorker(message);
    if (told?.kind === "owner") {
      link.setOwner(told.stream, told.owner);
      relays.originChanged(told.stream);
    } else if (told?.kind === "evict") gateway.evictPublisher(told.stream);
    else if (told?.kind === "confirm") confirm(told.stream, told.asker);
    else if (told?.kind === "confirmed") link.confirmed(told.stream, told.isFree);
    else if (told?.kind === "drain") guard.settle(server.drain(), () => tell({ kind: "drained" }));
    else if (told?.kind === "claimed") link.slots.answered(told.id, told.full[0]);
    else if (told?.kind === "excess") link.slots.onExcess(told.id);
    else if (told?.kind === "bans") link.bans.replace(told.bans);
    else if (told?.kind === "end") end(server);
    else if (told?.kind === "question") {
      const { request } = told;
      guard.settle(answerTo(told, server, reload), (answer) => tell({ kind: "answer", request, answer }));
    }
  };
  process.on("message", guard.entry(onMessage));
  // Ctrl-C and systemd signal every process of the server, but the primary tells this one when to end.
  for (const signal of ENDING_SIGNALS) process.on(signal, () => {});
  // The primary reads the configuration, and tells.
  process.on("SIGHUP", () => {});
  tell({ kind: "ready", listeners: server.listeners });
}

/**
 * A primary that was killed cleans up nothing. node:cluster exits when the primary is gone; while the worker starts, a write
 * fails.
 */
function leaveNothing(sockets: WorkerSockets, slot: number): void {
  process.on("error", exitOn);
  process.on("exit", () => {
    sockets.removeSocket(slot);
    if (!process.connected) sockets.removeIfEmpty();
  });
}

function end(server: Server): void {
  server.close().then(
    () => process.exit(),
    () => process.exit(1),
  );
}

async function answerTo(
  { about, call, file }: Extract<ToWorker, { kind: "question" }>,
  { relays, registry, view }: Server,
  reload: WorkerReload,
): Promise<Answers[keyof Answers]> {
  if (about === "view") return { value: call && (await answerCall(view, call)) };
  if (about === "prepare") return reload.prepare(file ?? undefined);
  if (about === "commit") return reload.commit();
  if (about === "abandon") return reload.abandon();
  if (about === "metrics") return registry.getMetricsAsJSON();
  const { status, proxiedSessions } = relays;
  return about === "relays" ? { relays: status, proxiedSessions } : true;
}

function exitOn(error: Error | null): void {
  if (error) process.exit();
}

function ignore(): void {}
