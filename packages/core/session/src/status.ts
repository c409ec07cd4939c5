import type { AmfObject } from "@headgate/amf";

/** The codes of `onStatus` and `_error` this server sends, with their levels (RTMP 1.0 §7.2.2; AS3 NetStatusEvent). */
const STATUS_LEVELS = {
  "NetConnection.Call.Failed": "error",
  "NetConnection.Connect.AppShutdown": "error",
  "NetConnection.Connect.Failed": "error",
  "NetConnection.Connect.InvalidApp": "error",
  "NetConnection.Connect.ReconnectRequest": "status",
  "NetConnection.Connect.Rejected": "error",
  "NetConnection.Connect.Success": "status",
  "NetStream.Failed": "error",
  "NetStream.Pause.Notify": "status",
  "NetStream.Play.Complete": "status",
  "NetStream.Play.Failed": "error",
  "NetStream.Play.InsufficientBW": "warning",
  "NetStream.Play.PublishNotify": "status",
  "NetStream.Play.Reset": "status",
  "NetStream.Play.Start": "status",
  "NetStream.Play.Stop": "status",
  "NetStream.Play.StreamNotFound": "error",
  "NetStream.Play.Switch": "status",
  "NetStream.Play.Transition": "status",
  "NetStream.Play.TransitionComplete": "status",
  "NetStream.Play.UnpublishNotify": "status",
  "NetStream.Publish.BadName": "error",
  "NetStream.Publish.Denied": "error",
  "NetStream.Publish.Start": "status",
  "NetStream.Record.Failed": "error",
  "NetStream.Record.NoAccess": "error",
  "NetStream.Record.Start": "status",
  "NetStream.Record.Stop": "status",
  "NetStream.Seek.Failed": "error",
  "NetStream.Seek.Notify": "status",
  "NetStream.Unpause.Notify": "status",
  "NetStream.Unpublish.Success": "status",
} as const;

export type StatusCode = keyof typeof STATUS_LEVELS;

/** The same of `onPlayStatus`, which has no description. */
export function playStatus(code: StatusCode, facts: AmfObject): AmfObject {
  return { level: STATUS_LEVELS[code], code, ...facts };
}

/** An information object; `details` is the stream's name where there is one. */
export function status(code: StatusCode, description: string, details?: string): AmfObject {
  return { level: STATUS_LEVELS[code], code, description, ...(details !== undefined && { details }) };
}
