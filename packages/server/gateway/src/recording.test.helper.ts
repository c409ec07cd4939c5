import { encodeAmf0Values } from "@headgate/amf";
import type { MessageSource, StreamKey } from "@headgate/bus";
import { type Message, MessageType } from "@headgate/message";
import type { Found, PlaySource, RecordedRequest } from "./play-source.ts";

const KEYFRAMES_MS = 1000;
const FRAMES_MS = 500;

/** A recording in memory with a keyframe each second and a frame each half second, and sound with each. */
export class TestRecording implements MessageSource {
  readonly hasVideo = true;
  readonly isGrowing = false;
  readonly durationMs: number;
  closed = 0;
  onReady: () => void = () => {};
  #next = 0;

  constructor(durationMs: number) {
    this.durationMs = durationMs;
  }

  get headers(): readonly Message[] {
    const timestamp = this.#timestamp;
    return [
      message(MessageType.dataAmf0, timestamp, encodeAmf0Values(["onMetaData", { duration: 4 }])),
      message(MessageType.video, timestamp, [0x17, 0, 0, 0, 0]),
      message(MessageType.audio, timestamp, [0xaf, 0]),
    ];
  }

  get nextMs(): number | undefined {
    return this.#timestamp > this.durationMs ? undefined : this.#timestamp;
  }

  next(): Message | undefined {
    const timestamp = this.#timestamp;
    if (timestamp > this.durationMs) return undefined;
    this.#next += 1;
    if (this.#next % 2 === 0) return message(MessageType.audio, timestamp, [0xaf, 1]);
    const first = timestamp % KEYFRAMES_MS === 0 ? 0x17 : 0x27;
    return message(MessageType.video, timestamp, [first, 1, 0, 0, 0]);
  }

  back(): void {
    this.#next -= 1;
  }

  seek(positionMs: number): number {
    const position = Math.min(positionMs, this.durationMs);
    this.#next = 2 * (KEYFRAMES_MS / FRAMES_MS) * Math.floor(position / KEYFRAMES_MS);
    return this.#timestamp;
  }

  close(): void {
    this.closed += 1;
  }

  get #timestamp(): number {
    return Math.floor(this.#next / 2) * FRAMES_MS;
  }
}

/** Recordings by the path of their streams. */
export class TestRecordings implements PlaySource {
  readonly durations: ReadonlyMap<string, number>;
  readonly asked: string[] = [];
  readonly opened: TestRecording[] = [];
  /** What becomes of a recording before it is given, such as a wait. */
  onFound: (found: Found) => Found | Promise<Found> = (found) => found;

  constructor(durations: Readonly<Record<string, number>>) {
    this.durations = new Map(Object.entries(durations));
  }

  find({ path }: StreamKey, { start, format }: RecordedRequest): Found | Promise<Found> {
    this.asked.push(`${path} from ${start}${format === undefined ? "" : ` as ${format}`}`);
    const durationMs = this.durations.get(path);
    if (durationMs === undefined) return this.onFound("missing");
    const messages = new TestRecording(durationMs);
    this.opened.push(messages);
    return this.onFound({ messages });
  }

  durationMs({ path }: StreamKey): number | undefined {
    return this.durations.get(path);
  }
}

function message(type: number, timestamp: number, payload: ArrayLike<number>): Message {
  return { type, timestamp, messageStreamId: 1, payload: Uint8Array.from(payload) };
}
