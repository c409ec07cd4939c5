import type { Feature } from "@headgate/feature";
import type { ApplicationRecording, RecordingOptions } from "./config.ts";
import { recordingPolicy } from "./recording-policy.ts";
import { recordingRoutes } from "./recording-routes.ts";
import type { Recordings } from "./recordings.ts";

/** What of a configuration is about recordings. */
export interface RecordingConfig {
  readonly recording: RecordingOptions;
  readonly applications: ReadonlyMap<string, ApplicationRecording>;
}

/** Streams as files. */
export function recordingFeature(recordings: Recordings): Feature<RecordingConfig> {
  const { counts } = recordings;
  return {
    name: "recording",
    policies: [recordingPolicy(recordings)],
    observer: recordings,
    sessionObserver: recordings.askers,
    source: recordings.source,
    routes: {
      streams: [recordings.snapshots, recordings.downloads],
      admin: recordingRoutes({
        root: recordings.root,
        manifest: recordings.manifest,
        files: recordings.files,
        control: recordings,
        faults: recordings.faults,
      }),
    },
    metrics: [
      {
        name: "headgate_recordings",
        help: "Streams that are being recorded.",
        kind: "gauge",
        read: () => recordings.active,
      },
      {
        name: "headgate_recording_files_total",
        help: "Files of recordings, by how they have ended.",
        kind: "counter",
        labels: ["end"],
        read: () =>
          new Map([
            ["complete", counts.complete],
            ["failed", counts.failed],
          ]),
      },
      {
        name: "headgate_recording_bytes_total",
        help: "Bytes of finished files of recordings.",
        kind: "counter",
        read: () => counts.bytes,
      },
      {
        name: "headgate_recording_lags_total",
        help: "How often the disk was so slow that a part of a recording was lost.",
        kind: "counter",
        read: () => counts.lagged,
      },
      {
        name: "headgate_recording_uploads_total",
        help: "Uploads of recordings, by how they have ended.",
        kind: "counter",
        labels: ["end"],
        read: () =>
          new Map([
            ["uploaded", counts.uploaded],
            ["failed", counts.uploadsFailed],
          ]),
      },
      {
        name: "headgate_recording_uploads_waiting",
        help: "Recordings that are to be uploaded.",
        kind: "gauge",
        read: () => counts.uploadsWaiting,
      },
      {
        name: "headgate_downloads",
        help: "Recordings that are being sent over HTTP.",
        kind: "gauge",
        read: () => recordings.downloads.active,
      },
      {
        name: "headgate_download_bytes_total",
        help: "Bytes of recordings that were sent over HTTP.",
        kind: "counter",
        read: () => recordings.downloads.bytes,
      },
    ],
    start: () => recordings.begin(),
    reconfigure: ({ recording, applications }) => recordings.reconfigure(recording, applications),
    close: () => recordings.close(),
  };
}
