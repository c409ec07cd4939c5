import { Applications } from "@headgate/bus";
import { readCached } from "@headgate/direct-io";
import type { DriverContext } from "@headgate/driver";
import type { Feature } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import { type RecordingConfig, Recordings, recordingFeature } from "@headgate/recording";
import type { Logger } from "pino";
import type { Config } from "./config/load-config.ts";
import type { WorkerLink } from "./workers/worker-link.ts";

/** Streams as files. Each process records what is published in it, and the first looks after all recordings. */
export function createRecordings(
  config: Config,
  gateway: Gateway,
  { sweep, now }: DriverContext,
  log: Logger,
  worker: WorkerLink | undefined,
): Recordings {
  const { recording, applications } = recordingIn(config);
  return new Recordings({
    gateway,
    options: recording,
    applications: new Applications(applications),
    sweep,
    hasWebServer: config.http.webServer !== undefined,
    readCached: config.directSend ? readCached : undefined,
    trust: config.outward,
    log,
    now,
    isKeeper: worker === undefined || worker.slot === 0,
  });
}

export function createRecording(recordings: Recordings): Feature<Config> {
  const feature = recordingFeature(recordings);
  return { ...feature, reconfigure: (next) => feature.reconfigure?.(recordingIn(next)) };
}

function recordingIn({ recording, gateway: { applications } }: Config): RecordingConfig {
  return { recording, applications };
}
