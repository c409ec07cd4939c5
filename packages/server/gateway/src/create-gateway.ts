import { randomBytes } from "node:crypto";
import { RtmpFraming } from "@headgate/chunk";
import type { ServerConnectionOptions } from "@headgate/connection";
import {
  connectionLimits,
  type DriverContext,
  FaultLog,
  InputMemory,
  ReusedBuffer,
  Sweep,
  Turns,
} from "@headgate/driver";
import type { Logger } from "pino";
import type { GatewayOptions } from "./config.ts";
import { FailedSessions } from "./failed-sessions.ts";
import { FanOut } from "./fan-out.ts";
import { Gateway } from "./gateway.ts";
import { MergeWindow } from "./merge-window.ts";
import { knownApplication } from "./policies/known-application.ts";
import { LIVE_ONLY } from "./policies/live-only.ts";
import { noLoop } from "./policies/no-loop.ts";
import { publisherPresent } from "./policies/publisher-present.ts";
import { SWF_VERIFICATION } from "./policies/swf-verification.ts";
import { RandomPool } from "./random-pool.ts";
import { Streams } from "./streams.ts";
import { WaitingStreams } from "./waiting-streams.ts";

/**
 * Creates a gateway, and returns with it what its connections share with tunnels and with connections to other servers. `id`
 * identifies the gateway to others; all processes of one server have the same id.
 */
export function createGateway(
  options: GatewayOptions,
  log: Logger,
  id: string = randomBytes(6).toString("hex"),
): { readonly gateway: Gateway; readonly driverContext: DriverContext } {
  const { applications, chunkSize, limits } = options;
  const framing = new RtmpFraming(chunkSize);
  const now = (): number => performance.now();
  const faults = new FaultLog(log);
  const mergeWindow = new MergeWindow(options.merge);
  const fanOut = new FanOut(() => mergeWindow.windowMs, options.merge.soundWaitMs, faults);
  const streams = new Streams({ ...limits, applications, framing }, fanOut, faults, now);
  const { bus } = streams;
  const isFull = (): boolean => bus.waitingStreams >= limits.maxWaitingStreams;
  const waiting = new WaitingStreams(limits.maxWaitingStreamsPerAddress, isFull);
  streams.observe(waiting);
  const driverContext = {
    options,
    inputMemory: new InputMemory(limits.maxInputBytes),
    faults,
    turns: new Turns(faults),
    sweep: new Sweep(now, faults),
    isShortOfMemory: () => bus.isShortOfMemory,
    now,
  };
  const gateway = new Gateway({
    ...driverContext,
    connectionOptions: connectionOptions(options),
    encrypted: new ReusedBuffer(),
    holdOutput: (bytes) => bus.hold(bytes),
    streams,
    fanOut,
    mergeWindow,
    log,
    waiting,
    failedSessions: new FailedSessions(),
    id,
    // The cheapest policies come first; those that ask a peer come last.
    policies: [
      knownApplication(bus.applications),
      noLoop(id),
      LIVE_ONLY,
      SWF_VERIFICATION,
      publisherPresent(({ path }) => streams.confirmPublisher(path)),
    ],
  });
  return { gateway, driverContext };
}

function connectionOptions(options: GatewayOptions): ServerConnectionOptions {
  const { limits, timeouts, chunkSize, ackWindow, rtmpe } = options;
  const pool = new RandomPool();
  const random = (length: number): Uint8Array => pool.take(length);
  return { random, chunkSize, ackWindow, rtmpe, timeouts, limits: connectionLimits(limits) };
}
