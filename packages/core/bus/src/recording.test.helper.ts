import type { Message } from "@headgate/message";
import type { MessageSource } from "./message-source.ts";
import { audioConfig, audioFrame, data, interFrame, keyframe, videoConfig } from "./messages.test.helper.ts";

export interface TestRecordingOptions {
  readonly durationMs?: number;
  /** The distance of keyframes; undefined: there is no video. Milliseconds. */
  readonly keyframesMs?: number | undefined;
  readonly name?: string;
}

/** Keyframes each second, and a frame and sound each half second, unless said otherwise. */
export class TestRecording implements MessageSource {
  readonly hasVideo: boolean;
  isGrowing: boolean = false;
  closed: number = 0;
  /** How many messages are there to be read; the others are on their way. */
  available: number = Number.POSITIVE_INFINITY;
  onReady: () => void = () => {};
  readonly messages: Message[];
  readonly #configurations: readonly Message[];
  #place = 0;

  constructor(options: TestRecordingOptions = {}) {
    const { durationMs = 4000, name = "" } = options;
    const keyframesMs = "keyframesMs" in options ? options.keyframesMs : 1000;
    this.hasVideo = keyframesMs !== undefined;
    this.messages = [];
    for (let timestamp = 0; timestamp <= durationMs; timestamp += 500) {
      if (keyframesMs !== undefined) this.messages.push(frameAt(timestamp, keyframesMs, name));
      this.messages.push(audioFrame(timestamp, { mark: `aac${name}` }));
    }
    const video = keyframesMs === undefined ? [] : [videoConfig(`avcC${name}`)];
    this.#configurations = [data(`meta${name}`), ...video, audioConfig(`asc${name}`)];
  }

  get headers(): readonly Message[] {
    const { timestamp } = this.messages[this.#place]!;
    return this.#configurations.map((message) => ({ ...message, timestamp }));
  }

  get durationMs(): number {
    return this.messages.at(-1)!.timestamp;
  }

  get nextMs(): number | undefined {
    return this.messages[this.#place]?.timestamp;
  }

  next(): Message | "later" | undefined {
    if (this.#place >= this.messages.length) return undefined;
    if (this.#place >= this.available) return "later";
    this.#place += 1;
    return this.messages[this.#place - 1];
  }

  back(): void {
    this.#place -= 1;
  }

  seek(positionMs: number): number {
    this.#place = 0;
    for (const [place, { timestamp, payload }] of this.messages.entries())
      if (timestamp <= positionMs && (payload[0] === 0x17 || !this.hasVideo)) this.#place = place;
    return this.messages[this.#place]!.timestamp;
  }

  close(): void {
    this.closed += 1;
  }
}

function frameAt(timestamp: number, keyframesMs: number, name: string): Message {
  return timestamp % keyframesMs === 0
    ? keyframe(timestamp, { mark: `key${name}` })
    : interFrame(timestamp, { mark: `inter${name}` });
}
