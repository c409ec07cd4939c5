import { rm, rmdir, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { KeepOptions } from "./config.ts";
import type { Manifest, Recording } from "./manifest.ts";
import { SavedIndexes } from "./playing/saved-indexes.ts";
import type { AgedRecording, RecordingAges } from "./recording-ages.ts";
import type { Uploads } from "./upload/uploads.ts";

/** How many files are deleted in one pass: the disk is needed for recording. */
const MAX_DELETED = 100;

/**
 * Which of these are to be deleted now, the oldest first. Those for which `isHeld` says so, because they are to be uploaded, are
 * deleted only if the disk is too full without them. `disk`: how much of it is free, and how large it is.
 */
export function expired(
  recordings: readonly AgedRecording[],
  { ageMs: maxAgeMs, bytes: maxBytes, freeDisk }: KeepOptions,
  disk: { readonly freeBytes: number; readonly totalBytes: number },
  isHeld: (recording: Recording) => boolean = () => false,
): readonly Recording[] {
  const held = new Set(recordings.map(({ recording }) => recording).filter(isHeld));
  const oldestFirst = [...recordings].sort(
    (one, other) =>
      Number(held.has(one.recording)) - Number(held.has(other.recording)) ||
      other.ageMs - one.ageMs ||
      one.recording.startedMs - other.recording.startedMs,
  );
  let total = oldestFirst.reduce((sum, { recording: { bytes = 0 } }) => sum + bytes, 0);
  let freeBytes = disk.freeBytes;
  const chosen: Recording[] = [];
  for (const { recording, ageMs } of oldestFirst) {
    const { bytes = 0 } = recording;
    const isOld = maxAgeMs !== undefined && ageMs > maxAgeMs;
    const isTooMuch = maxBytes !== undefined && total > maxBytes;
    const isDiskFull = freeDisk !== undefined && freeBytes < freeDisk * disk.totalBytes;
    if (!isDiskFull && (held.has(recording) || (!isOld && !isTooMuch))) continue;
    chosen.push(recording);
    total -= bytes;
    freeBytes += bytes;
    if (chosen.length === MAX_DELETED) break;
  }
  return chosen;
}

/** What is to be uploaded. */
type Waiting = Pick<Uploads, "isWaiting" | "isUploading">;

/** Deletes what is not to be kept, never a file that is being written or uploaded. Returns what was deleted. */
export async function enforceRetention(
  root: string,
  manifest: Manifest,
  keep: KeepOptions,
  uploads: Waiting,
  { ages, nowMs }: { readonly ages: RecordingAges; readonly nowMs: number },
): Promise<readonly Recording[]> {
  const { ageMs, bytes, freeDisk } = keep;
  if (ageMs === undefined && bytes === undefined && freeDisk === undefined) return [];
  const all = (await manifest.read()).values();
  const ended = [...all].filter(
    (recording) => !manifest.isBeingWritten(recording) && !uploads.isUploading(recording),
  );
  const aged = ages.of(ended, nowMs, Date.now());
  if (aged.length === 0) return [];
  const isHeld = (recording: Recording): boolean => uploads.isWaiting(recording);
  const chosen = expired(aged, keep, await diskOf(root), isHeld);
  for (const recording of chosen) await deleteRecording(root, manifest, recording.file);
  if (chosen.length > 0) await manifest.prune();
  return chosen;
}

/** Deletes a file, and the folders above it that are empty then. */
export async function deleteRecording(root: string, manifest: Manifest, file: string): Promise<void> {
  await rm(join(root, file), { force: true });
  await new SavedIndexes(root).forget(join(root, file));
  manifest.deleted(file);
  for (let folder = dirname(file); folder !== "."; folder = dirname(folder)) {
    try {
      await rmdir(join(root, folder));
    } catch {
      return;
    }
  }
}

async function diskOf(root: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(root);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
