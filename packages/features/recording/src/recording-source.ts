import { extname, join } from "node:path";
import { type Applications, matchesPattern, StreamKey } from "@headgate/bus";
import type { Found, FoundPast, PlaySource, RecordedRequest, RecordingOf } from "@headgate/gateway";
import type { Guard } from "@headgate/transport";
import type { Logger } from "pino";
import type { ApplicationRecording } from "./config.ts";
import type { Manifest } from "./manifest.ts";
import { endOf, type PastFiles, PastSource, placeFor } from "./playing/past-source.ts";
import { ENDINGS } from "./playing/recorded-file.ts";
import type { RecordedFiles } from "./playing/recorded-files.ts";

export interface RecordingSourceParts {
  /** The folder of all recordings. */
  readonly root: string;
  readonly applications: Applications<ApplicationRecording>;
  readonly files: RecordedFiles;
  readonly manifest: Manifest;
  /** Whether viewers of the stream with this path may expect something. */
  readonly isLive: (path: string) => boolean;
  readonly guard: Guard;
  readonly log: Logger;
}

/** What has come is in the file after so long. Milliseconds. */
const WRITTEN_AFTER_MS = 2_000;

export interface Place {
  readonly folder: string;
  readonly path: string;
}

/** Plays the files of an application's folder: what was recorded, and what an operator has put there. */
export class RecordingSource implements PlaySource {
  readonly #parts: RecordingSourceParts;

  constructor(parts: RecordingSourceParts) {
    this.#parts = parts;
  }

  find(key: StreamKey, request: RecordedRequest): Found | Promise<Found> {
    const place = this.placeOf(key, request.format);
    return place === undefined ? undefined : this.#find(key, place, request);
  }

  /** A stream that is not recorded has no past. */
  past(key: StreamKey, positionMs: number, beyond: "live" | "last"): FoundPast | Promise<FoundPast> {
    return this.#isRecorded(key) ? this.#past(key, positionMs, beyond) : undefined;
  }

  async durationMs(key: StreamKey, request: RecordedRequest): Promise<number | undefined> {
    const found = await this.find(key, request);
    if (found === undefined || typeof found === "string") return undefined;
    const { messages } = found;
    messages.close();
    return messages.durationMs;
  }

  /** A position in a stream that is being recorded is one in what was recorded of it. */
  async #find(key: StreamKey, place: Place, request: RecordedRequest): Promise<Found> {
    const { start, format, wantsPast = false } = request;
    const found = await this.#play(key, place);
    const isOfStream =
      found === "missing" && typeof start === "number" && (wantsPast || (format ?? "flv") === "flv");
    // librtmp asks for 0 where its user wants what is live, and has not said so.
    if (!isOfStream || !this.#isRecorded(key) || (start === 0 && !wantsPast)) return found;
    const { manifest, isLive } = this.#parts;
    const all = await manifest.lastTakeOf(key.path);
    const [first, last] = [all[0], all.at(-1)];
    if (first?.timestamp === undefined || last === undefined) return found;
    // Another process may publish it, and so record it.
    if (!wantsPast && !isLive(key.path) && !(await manifest.isWritten(last.file))) return found;
    const past = await this.#past(key, first.timestamp + start, "last");
    return typeof past === "object" ? past : found;
  }

  recordingOf(key: StreamKey): undefined | Promise<RecordingOf> {
    return this.#isRecorded(key) ? this.#recordingOf(key) : undefined;
  }

  async #recordingOf(key: StreamKey): Promise<RecordingOf> {
    const { manifest, isLive } = this.#parts;
    const all = await manifest.lastTakeOf(key.path);
    const [first, last] = [all[0], all.at(-1)];
    if (first?.timestamp === undefined || last?.timestamp === undefined)
      return isLive(key.path) ? "soon" : undefined;
    const isRecording = await manifest.isWritten(last.file);
    const lastMs = isRecording
      ? Math.max(0, Date.now() - last.startedMs - WRITTEN_AFTER_MS)
      : (last.durationMs ?? 0);
    return {
      startedMs: first.startedMs,
      endedMs: isRecording ? undefined : (last.endedMs ?? last.startedMs + lastMs),
      durationMs: ((last.timestamp - first.timestamp) >>> 0) + lastMs,
    };
  }

  async #past(key: StreamKey, positionMs: number, beyond: "live" | "last"): Promise<FoundPast> {
    const files = this.#pastFiles(key);
    const [[first], place] = await Promise.all([files.list(), placeFor(positionMs, files)]);
    if (!first || !place) return undefined;
    if (beyond === "live" && ((endOf(place) - positionMs) | 0) < 0) {
      place.source.close();
      return "live";
    }
    return { messages: new PastSource(place, files, this.#parts.guard), firstMs: first.timestamp };
  }

  #pastFiles(key: StreamKey): PastFiles {
    const { manifest, files, root } = this.#parts;
    return {
      list: async () =>
        (await manifest.lastTakeOf(key.path)).flatMap(({ file, timestamp, isSound = false }) =>
          timestamp === undefined ? [] : { file, timestamp, isSound },
        ),
      open: (file) => files.play(join(root, file), root),
    };
  }

  #isRecorded(key: StreamKey): boolean {
    const record = this.#parts.applications.optionsOf(key)?.record;
    return record !== undefined && record.format !== "off" && matchesPattern(record.streams, key.name);
  }

  async #play(key: StreamKey, { folder, path }: Place): Promise<Found> {
    const { files, log } = this.#parts;
    try {
      const messages = await files.watch(path, folder);
      return messages ? { messages } : "missing";
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      log.warn(
        { code: "RECORDING_UNPLAYABLE", stream: key.path, error: code ?? message },
        "cannot play a recording",
      );
      return "missing";
    }
  }

  /** Whether a path in a URL is that of a file that may be a recording: the application has some, and the ending is of one. */
  hasRecordings(virtualHost: string, path: string): boolean {
    if (!ENDINGS.includes(extname(path).slice(1).toLowerCase())) return false;
    const key = this.keyOf(virtualHost, path);
    return key !== undefined && this.placeOf(key, undefined) !== undefined;
  }

  /** Whether the path of a URL means a stream of which viewers may expect something. */
  isLive(virtualHost: string, path: string): boolean {
    const key = this.keyOf(virtualHost, path);
    return key !== undefined && this.#parts.isLive(key.path);
  }

  /** What the path of a URL means. */
  keyOf(virtualHost: string, path: string): StreamKey | undefined {
    const key = StreamKey.of({ virtualHost, application: "", name: path }, this.#parts.applications);
    return typeof key === "string" ? undefined : key;
  }

  /** Where the file of a name is; undefined if the application has no recordings. */
  placeOf(key: StreamKey, format: RecordedRequest["format"]): Place | undefined {
    const options = this.#parts.applications.optionsOf(key);
    if (!options || (options.vod === "" && options.record.format === "off")) return undefined;
    const levels = key.name.split("/");
    // The manifest is in such a folder. A level `..` makes no key.
    if (levels.some((level) => level.startsWith(".") || level.includes("\0"))) return undefined;
    const folder = options.vod === "" ? join(this.#parts.root, key.application) : options.vod;
    return { folder, path: join(folder, ...levels.slice(0, -1), fileName(levels.at(-1)!, format)) };
  }
}

/** `mp4:cam` is cam.mp4, and so is `mp4:cam.mp4`; a name alone is that of an FLV file. */
function fileName(name: string, format: RecordedRequest["format"]): string {
  const hasEnding = ENDINGS.some((ending) => name.toLowerCase().endsWith(`.${ending}`));
  return hasEnding ? name : `${name}.${format ?? "flv"}`;
}
