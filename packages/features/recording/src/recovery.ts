import { constants } from "node:fs";
import { type FileHandle, lstat, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { FlvOpening, repairOf } from "@headgate/flv-file";
import { Mp4Opening, Mp4Recovery } from "@headgate/fmp4";
import type { Logger } from "pino";
import { type Manifest, type Recording, TO_UPLOAD } from "./manifest.ts";
import { LEAST_SAVED_MESSAGES, type SavedIndexes } from "./playing/saved-indexes.ts";
import { readAll } from "./read-all.ts";
import { type Patch, writeAll } from "./recording-file.ts";

/** What makes an ordinary file of one that was cut off. */
interface Repair {
  readonly truncateTo: number;
  readonly tail: readonly Uint8Array[];
  readonly patches: readonly Patch[];
  readonly durationMs: number;
  /** Its index, if making it anew takes long. */
  readonly saveIndex?: (() => Uint8Array) | undefined;
}

const NOTHING_TO_KEEP: Repair = { truncateTo: 0, tail: [], patches: [], durationMs: 0 };

/** Hears what becomes of a file that was cut off. */
export type OnRecovered = (event: "complete" | "failed", recording: Recording) => void;

export interface RecoveryParts {
  readonly manifest: Manifest;
  readonly indexes: Pick<SavedIndexes, "save">;
  readonly log: Logger;
  /** Whether what is finished now is to be uploaded. */
  readonly willUpload: () => boolean;
  readonly onRecovered: OnRecovered;
}

/**
 * Finishes the files that a server was writing when it was killed or the machine lost its power: what is whole of them is kept. A
 * file of which nothing can be played is deleted, unless it may be something else than the beginning of a recording.
 */
export async function finishUnfinished(
  root: string,
  { manifest, indexes, log, willUpload, onRecovered }: RecoveryParts,
): Promise<void> {
  await deleteUnbegun(root, manifest);
  for (const recording of [...(await manifest.read()).values()]) {
    if (recording.state !== "recording" || manifest.isBeingWritten(recording)) continue;
    const { file } = recording;
    try {
      const finished = await finishFile(join(root, file), recording.format, indexes);
      if (finished.bytes === 0) {
        manifest.deleted(file);
        log.info({ file }, "recording deleted that had been cut off before it could be played");
        onRecovered("failed", { ...recording, bytes: 0 });
        continue;
      }
      manifest.complete({ file, ...finished, ...(willUpload() && { upload: TO_UPLOAD }) });
      log.info({ file, ...finished }, "recording finished that had been cut off");
      onRecovered("complete", { ...recording, ...finished });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") manifest.deleted(file);
      else manifest.failed({ file, bytes: recording.bytes ?? 0 });
      log.warn(
        { code: "RECORDING_UNFINISHED", file, error: code ?? message },
        "cannot finish a recording that was cut off",
      );
      onRecovered("failed", recording);
    }
  }
}

/** Files of which nothing was written before the server was killed, not even that they had begun. */
async function deleteUnbegun(root: string, manifest: Manifest): Promise<void> {
  for (const file of await manifest.unbegun()) {
    const path = join(root, file);
    try {
      const stats = await lstat(path);
      if (stats.isFile() && stats.size === 0) await unlink(path);
    } catch {
      // It was not made.
    }
    manifest.unopened(file);
  }
}

async function finishFile(
  path: string,
  format: Recording["format"],
  indexes: RecoveryParts["indexes"],
): Promise<{ readonly durationMs: number; readonly bytes: number }> {
  const handle = await open(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await handle.stat();
    if (size === 0) {
      await unlink(path);
      return { durationMs: 0, bytes: 0 };
    }
    const repair = format === "mp4" ? await mp4Repair(handle, size) : await flvRepair(handle, size);
    await apply(handle, repair);
    const { size: bytes, mtimeMs: modifiedMs } = await handle.stat();
    if (bytes === 0) await unlink(path);
    if (repair.saveIndex) await indexes.save(path, { bytes, modifiedMs }, repair.saveIndex());
    return { durationMs: repair.durationMs, bytes };
  } finally {
    await handle.close();
  }
}

async function mp4Repair(handle: FileHandle, size: number): Promise<Repair> {
  const { patch, ...repair } = await readAll(new Mp4Recovery(), handle, size);
  if (repair.isEmpty) return NOTHING_TO_KEEP;
  if (!repair.isFinished) return { ...repair, patches: [patch] };
  // The server was killed before the manifest had it.
  const { durationMs } = await readAll(new Mp4Opening(), handle, size);
  return { ...repair, patches: [], durationMs };
}

async function flvRepair(handle: FileHandle, size: number): Promise<Repair> {
  const opening = new FlvOpening();
  const { durationMs, count } = await readAll(opening, handle, size);
  if (count === 0) return NOTHING_TO_KEEP;
  const saveIndex = count >= LEAST_SAVED_MESSAGES ? () => opening.save() : undefined;
  return { ...repairOf(opening), tail: [], durationMs, saveIndex };
}

/** The tail is on the disk before anything is overwritten, so that it can be done once more if it is cut off again. */
async function apply(handle: FileHandle, { truncateTo, tail, patches }: Repair): Promise<void> {
  await handle.truncate(truncateTo);
  let position = truncateTo;
  for (const bytes of tail) {
    await writeAll(handle, bytes, position);
    position += bytes.length;
  }
  await handle.datasync();
  for (const { position: at, bytes } of patches) await writeAll(handle, bytes, at);
  await handle.datasync();
}
