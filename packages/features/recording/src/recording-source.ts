import { extname, join } from "node:path";
import { type Applications, StreamKey } from "@headgate/bus";
import type { Found, PlaySource, RecordedRequest } from "@headgate/gateway";
import type { Logger } from "pino";
import type { ApplicationRecording } from "./config.ts";
import { ENDINGS } from "./playing/recorded-file.ts";
import type { RecordedFiles } from "./playing/recorded-files.ts";

export interface RecordingSourceParts {
  /** The folder of all recordings. */
  readonly root: string;
  readonly applications: Applications<ApplicationRecording>;
  readonly files: RecordedFiles;
  readonly log: Logger;
}

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
    return place === undefined ? undefined : this.#play(key, place);
  }

  async durationMs(key: StreamKey, request: RecordedRequest): Promise<number | undefined> {
    const found = await this.find(key, request);
    if (found === undefined || typeof found === "string") return undefined;
    const { messages } = found;
    messages.close();
    return messages.durationMs;
  }

  async #play(key: StreamKey, { folder, path }: Place): Promise<Found> {
    const { files, log } = this.#parts;
    try {
      const messages = await files.play(path, folder);
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
