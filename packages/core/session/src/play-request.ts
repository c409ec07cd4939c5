import type { AmfValue } from "@headgate/amf";
import { type Command, numberOf } from "./command.ts";
import type { StreamName } from "./stream-name.ts";

/** The arguments of `play` (RTMP 1.0 §7.2.2.1), read the way clients really send them: in milliseconds. */
export interface PlayRequest {
  readonly stream: StreamName;
  /** `any`: live if there is one, else recorded. A number: a recording from that many milliseconds on. */
  readonly start: "any" | "live" | number;
  /** Undefined: to the end. 0: a single frame. */
  readonly durationMs: number | undefined;
  /** Whether the previous stream ends; false queues this one behind it. */
  readonly reset: boolean;
  /** Whether all is to be sent at once, and not when it is due: Flash asks so for recordings of data alone. */
  readonly atOnce: boolean;
  /** For one that follows another in a playlist: where its times go on. Milliseconds. */
  readonly continuesAtMs?: number;
}

/** The arguments of `play` besides the stream's name. */
export function readPlayOptions({ values }: Pick<Command, "values">): Omit<PlayRequest, "stream"> {
  const [, , start, duration, reset] = values;
  const durationMs = finite(duration) ?? -1;
  return {
    start: readStart(finite(start)),
    durationMs: durationMs >= 0 ? durationMs : undefined,
    reset: reset !== false && reset !== 0 && reset !== 2,
    atOnce: reset === 2 || reset === 3,
  };
}

/** The specification counts in seconds, Flash, librtmp and ffmpeg in milliseconds: -1 and -1000 both mean live. */
function readStart(start: number | undefined): PlayRequest["start"] {
  if (start === undefined) return "any";
  if (start >= 0) return start;
  return start === -1 || start === -1000 ? "live" : "any";
}

function finite(value: AmfValue): number | undefined {
  const number = numberOf(value);
  return Number.isFinite(number) ? number : undefined;
}
