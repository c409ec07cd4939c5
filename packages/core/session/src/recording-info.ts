import { AmfDate, type AmfObject } from "@headgate/amf";

/** What was recorded of a stream since it appeared. Times are in milliseconds since the Unix epoch. */
export interface RecordingInfo {
  readonly startedMs: number;
  /** Undefined while it is being recorded. */
  readonly endedMs: number | undefined;
  readonly durationMs: number;
}

/** After so long a player asks again whether the recording has begun. Seconds. */
const RETRY_S = 3;

/**
 * The answer to `DVRGetStreamInfo` of Adobe's DVRCast application, as its players read it: OSMF, FLVPlayback, JW Player. Lengths are in
 * seconds, and a longest length of 0 is none. `soon`: the recording has not begun yet; undefined: there will be none.
 */
export function recordingInfo(
  streamName: string,
  info: RecordingInfo | "soon" | undefined,
  nowMs: number,
): AmfObject {
  if (info === undefined) return { code: "NetStream.DVRStreamInfo.Failed", data: null };
  if (info === "soon") return { code: "NetStream.DVRStreamInfo.Retry", data: { retry: RETRY_S } };
  const { startedMs, endedMs, durationMs } = info;
  return {
    code: "NetStream.DVRStreamInfo.Success",
    data: {
      streamName,
      callTime: new AmfDate(nowMs),
      startRec: new AmfDate(startedMs),
      stopRec: new AmfDate(endedMs ?? nowMs),
      maxLen: 0,
      begOffset: 0,
      endOffset: 0,
      append: false,
      offline: false,
      currLen: durationMs / 1000,
      isRec: endedMs === undefined,
    },
  };
}
