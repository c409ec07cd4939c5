import { randomBytes } from "node:crypto";
import { RtmpFraming } from "@headgate/chunk";
import {
  type DriverContext,
  FaultLog,
  InputMemory,
  ReadRounds,
  ReusedBuffer,
  Sweep,
  Turns,
} from "@headgate/driver";
import type { Logger } from "pino";
import { Admission } from "./admission.ts";
import type { GatewayOptions } from "./config.ts";
import { Drain } from "./drain.ts";
import { FailedSessions } from "./failed-sessions.ts";
import { FanOut } from "./fan-out.ts";
import { Gateway } from "./gateway.ts";
import { MergeWindow } from "./merge-window.ts";
import { OptionsInForce } from "./options-in-force.ts";
import { PlaySources } from "./play-sources.ts";
import { knownApplication } from "./policies/known-application.ts";
import { LIVE_ONLY } from "./policies/live-only.ts";
import { noLoop } from "./policies/no-loop.ts";
import { publisherPresent } from "./policies/publisher-present.ts";
import { SWF_VERIFICATION } from "./policies/swf-verification.ts";
import { RefusalCounts } from "./refusal-counts.ts";
import { Sessions } from "./sessions.ts";
import { Streams } from "./streams.ts";
import { ViewerLag } from "./viewer-lag.ts";
import { WaitingStreams } from "./waiting-streams.ts";
import { WritingEffort } from "./writing-effort.ts";

/**
 * Creates a gateway, and returns with it what its connections share with tunnels and with connections to other servers. `id`
 * identifies the gateway to others; all processes of one server have the same id.
 */
export function createGateway(
  options: GatewayOptions,
  log: Logger,
  id: string = randomBytes(6).toString("hex"),
): { readonly gateway: Gateway; readonly driverContext: DriverContext } {
  const inForce = new OptionsInForce(options);
  const { limits, merge } = inForce;
  const framing = new RtmpFraming(options.chunkSize);
  const now = (): number => performance.now();
  const faults = new FaultLog(log);
  const mergeWindow = new MergeWindow(merge);
  const readRounds = new ReadRounds(now, faults);
  const fanOut = new FanOut(
    () => mergeWindow.windowMs,
    merge.soundWaitMs,
    faults,
    () => readRounds.readEarly(),
  );
  const streams = new Streams(inForce.streams(framing), fanOut, faults, now);
  const { bus } = streams;
  const isFull = (): boolean => bus.waitingStreams >= limits.maxWaitingStreams;
  const waiting = new WaitingStreams(limits.maxWaitingStreamsPerAddress, isFull);
  streams.observe(waiting);
  const inputMemory = new InputMemory(limits.maxInputBytes, limits.maxConnections);
  const driverContext = {
    options: inForce.options,
    inputMemory,
    faults,
    turns: new Turns(faults),
    readRounds,
    sweep: new Sweep(now, faults),
    memoryPressure: () => bus.memoryPressure,
    now,
  };
  const sessions = new Sessions(faults);
  const drain = new Drain({ sessions, faults, log, now, options: () => inForce.options.drain });
  const reconfigure = (next: GatewayOptions): void => {
    inForce.replace(next);
    bus.applications.replace(next.applications);
    bus.maxLogBytes = next.limits.maxLogBytes;
    inputMemory.configure(next.limits.maxInputBytes, next.limits.maxConnections);
    waiting.maxPerAddress = next.limits.maxWaitingStreamsPerAddress;
  };
  const gateway = new Gateway({
    ...driverContext,
    limits,
    reconfigure,
    get connectionOptions() {
      return inForce.connectionOptions;
    },
    encrypted: new ReusedBuffer(),
    holdOutput: (bytes) => bus.hold(bytes),
    traffic: { receivedBytes: 0, sentBytes: 0 },
    streams,
    sessions,
    drain,
    fanOut,
    mergeWindow,
    writingEffort: new WritingEffort(),
    viewerLag: new ViewerLag(),
    log,
    waiting,
    furtherPlays: new Admission(limits),
    playSources: new PlaySources((path) => bus.streams.get(path)?.live === true),
    recordedOutput: { framing, memory: new ReusedBuffer(), hold: (bytes) => bus.hold(bytes) },
    failedSessions: new FailedSessions(),
    refusals: new RefusalCounts(),
    id,
    // The cheapest policies come first; those that ask a peer come last.
    policies: [
      drain.policy,
      knownApplication(bus.applications),
      noLoop(id),
      LIVE_ONLY,
      SWF_VERIFICATION,
      publisherPresent(({ path }) => streams.confirmPublisher(path)),
    ],
  });
  return { gateway, driverContext };
}
