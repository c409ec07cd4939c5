import { defaultsOf } from "@headgate/config";
import {
  DRIVER_LIMITS,
  DRIVER_TIMEOUTS,
  type DriverContext,
  InputMemory,
  ReadRounds,
  type SessionFaults,
  Sweep,
  Turns,
} from "@headgate/driver";
import type { TrustWords } from "@headgate/tls";
import { pino } from "pino";
import type { ClientContext } from "./client-stream.ts";
import { createDial } from "./dial.ts";

/** Enough for all that one server may send before it is read. Bytes. */
const MAX_INPUT_BYTES: number = 512 * 1024 * 1024;

/** A frame in one piece or two, as most encoders send it. Bytes. */
const CHUNK_SIZE = 60_000;

const ACK_WINDOW = 2_500_000;

export interface StandaloneOptions {
  readonly flashVersion: string;
  /** Certificates of authorities in PEM form, instead of Node's own. */
  readonly caFile?: string | undefined;
  /** Accept certificates that cannot be verified. */
  readonly insecure?: boolean;
  /** How the user sets the two. */
  readonly trustWords: TrustWords;
}

/** For a process that does nothing else, such as a tool: a fault ends it. */
export function createStandaloneContext(options: StandaloneOptions): ClientContext {
  const { flashVersion, caFile, insecure = false, trustWords } = options;
  const timeouts = defaultsOf(DRIVER_TIMEOUTS);
  const now = (): number => performance.now();
  const driver: DriverContext = {
    options: { limits: defaultsOf(DRIVER_LIMITS), timeouts },
    inputMemory: new InputMemory(MAX_INPUT_BYTES),
    turns: new Turns(ENDING_THE_PROCESS),
    readRounds: new ReadRounds(now, ENDING_THE_PROCESS),
    sweep: new Sweep(now, ENDING_THE_PROCESS),
    memoryPressure: () => "none",
    faults: ENDING_THE_PROCESS,
    now,
  };
  return {
    driver,
    dial: createDial({
      caFile,
      insecure,
      trustWords,
      timeoutMs: timeouts.connectMs,
      environment: process.env,
      driver,
    }),
    log: pino({ level: "silent" }),
    flashVersion,
    chunkSize: CHUNK_SIZE,
    ackWindow: ACK_WINDOW,
  };
}

const ENDING_THE_PROCESS: SessionFaults = {
  report: (_, error) => {
    throw error;
  },
  unrecoverable: (error) => {
    process.nextTick(() => {
      throw error;
    });
  },
};
