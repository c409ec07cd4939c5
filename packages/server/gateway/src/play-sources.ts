import type { MessageSource, StreamKey } from "@headgate/bus";
import type { PlayRequest, StreamFormat } from "@headgate/session";
import type { Found, FoundPast, PlaySource, Recorded, RecordedRequest, RecordingOf } from "./play-source.ts";
import { type Denial, deny } from "./policy.ts";

/** What a player gets: a recording, or the live stream, which it may have to wait for. */
export type Located = Recorded | "live" | Denial;

/** The containers that only a recording has; players put `flv:` in front of live streams as well. */
const RECORDED_FORMATS: ReadonlySet<StreamFormat> = new Set<StreamFormat>(["mp4", "f4v", "mp3"]);

/** All places that recordings come from, asked in their order. */
export class PlaySources {
  readonly #sources: PlaySource[] = [];
  readonly #isLive: (path: string) => boolean;

  /** `isLive` says whether viewers of the stream with this path may expect something. */
  constructor(isLive: (path: string) => boolean) {
    this.#isLive = isLive;
  }

  add(source: PlaySource): void {
    this.#sources.push(source);
  }

  /** Live if it is published and the player does not want a recording, recorded if there is one, else live: it may come. */
  locate(
    key: StreamKey,
    { start, stream: { format } }: PlayRequest,
    wantsPast = false,
  ): Located | Promise<Located> {
    if (start === "live") return "live";
    if (start === "any" && this.#isLive(key.path)) return "live";
    const found = this.#find(key, { start, format, ...(wantsPast && { wantsPast }) });
    const locate = (one: Found): Located =>
      one === "missing" ? this.#missing(key, start, format) : (one ?? "live");
    return found instanceof Promise ? found.then(locate) : locate(found);
  }

  /** A recording, whatever is live by its name. The caller closes it. */
  async open(key: StreamKey, format: StreamFormat | undefined): Promise<MessageSource | undefined> {
    const found = await this.#find(key, { start: 0, format });
    return typeof found === "object" ? found.messages : undefined;
  }

  /** What was recorded of a live stream, by the first source that may have something of it. */
  past(key: StreamKey, positionMs: number, beyond: "live" | "last"): FoundPast | Promise<FoundPast> {
    for (const source of this.#sources) {
      const found = source.past?.(key, positionMs, beyond);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What was recorded of a stream since it appeared, by the first source that records it. */
  async recordingOf(key: StreamKey): Promise<RecordingOf> {
    for (const source of this.#sources) {
      const found = await source.recordingOf?.(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** How long a recording is; 0 for a live stream. Milliseconds. */
  durationMs(key: StreamKey, format: StreamFormat | undefined): number | Promise<number> {
    const sources = this.#sources.filter(({ durationMs }) => durationMs);
    return sources.length === 0 || this.#isLive(key.path) ? 0 : durationIn(sources, key, format);
  }

  /** The first answer, but `missing` only if all that answer say so. */
  #find(key: StreamKey, request: RecordedRequest, first = 0, before?: "missing"): Found | Promise<Found> {
    let isMissing = before;
    for (let index = first; index < this.#sources.length; index += 1) {
      const found = this.#sources[index]!.find(key, request);
      if (found instanceof Promise) return this.#findNext(found, key, request, index + 1, isMissing);
      if (found === "missing") isMissing = found;
      else if (found) return found;
    }
    return isMissing;
  }

  async #findNext(
    found: Promise<Found>,
    key: StreamKey,
    request: RecordedRequest,
    next: number,
    isMissing: "missing" | undefined,
  ): Promise<Found> {
    const one = await found;
    return one === undefined || one === "missing" ? this.#find(key, request, next, one ?? isMissing) : one;
  }

  /** librtmp asks for a recording from 0 on where its user has not said that the stream is live. */
  #missing(key: StreamKey, start: "any" | number, format: StreamFormat | undefined): Located {
    const isForRecordings = format !== undefined && RECORDED_FORMATS.has(format);
    const wantsRecording = (start !== "any" && start > 0) || (isForRecordings && !this.#isLive(key.path));
    return wantsRecording ? deny("NetStream.Play.StreamNotFound", "RECORDING_NOT_FOUND") : "live";
  }
}

async function durationIn(
  sources: readonly PlaySource[],
  key: StreamKey,
  format: StreamFormat | undefined,
): Promise<number> {
  for (const source of sources) {
    const durationMs = await source.durationMs?.(key, { start: "any", format });
    if (durationMs !== undefined) return durationMs;
  }
  return 0;
}
