import { join } from "node:path";
import { type Answer, DENIED, type HookReply, isObject, parseJson, unreadable } from "../answer.ts";
import { type Dialect, JSON_TYPE } from "../dialect.ts";
import { type HookCall, isQuestion, queryOf, type RecordingFacts } from "../hook-call.ts";
import { readGrant } from "./grant.ts";

const USUAL_EVENTS = [
  "connect",
  "publish",
  "play",
  "unpublish",
  "stop",
  "close",
  "recordingBegun",
  "recordingComplete",
  "recordingFailed",
] as const;

/** Headgate's own: says most, and an answer may do most. */
export const HEADGATE: Dialect = {
  events: [...USUAL_EVENTS, "update"],
  usualEvents: USUAL_EVENTS,
  write: (call) => ({ contentType: JSON_TYPE, content: JSON.stringify(fieldsOf(call)) }),
  read: ({ status, body }: HookReply, event): Answer => {
    if (status < 200 || status >= 300) return DENIED;
    const reply = parseJson(body);
    if (!isObject(reply)) return unreadable("the reply is no JSON object");
    if (reply.allow === false)
      return typeof reply.reason === "string" ? { kind: "deny", reason: reply.reason } : DENIED;
    return reply.allow === true ? readGrant(reply, event) : unreadable("`allow` is neither true nor false");
  },
};

function fieldsOf(call: HookCall): object {
  const { event, session, seq, timeMs, virtualHost, application, connect, stream, recording } = call;
  const { id, transport, remoteAddress, remotePort, identity, bytesReceived, bytesSent } = session;
  const { tcUrl, pageUrl, swfUrl, flashVersion } = connect;
  const seconds = stream && Math.floor(stream.elapsedMs / 1000);
  return {
    event,
    session: id,
    seq,
    ts: timeMs / 1000,
    transport,
    address: remoteAddress,
    port: remotePort,
    identity,
    virtualHost,
    application,
    ...(stream && { stream: stream.key.name, path: stream.key.path, use: stream.kind }),
    ...(event === "publish" && { type: stream?.type }),
    query: queryOf(call),
    tcUrl,
    pageUrl,
    swfUrl,
    client: flashVersion,
    ...(!isQuestion(event) && { bytesReceived, bytesSent, seconds }),
    ...(recording && recordingFields(recording)),
    reason: recording ? recording.reason : call.reason,
  };
}

function recordingFields({ root, file, startedMs, durationMs, bytes }: RecordingFacts): object {
  return {
    file,
    filePath: file === undefined ? undefined : join(root, file),
    fileStarted: new Date(startedMs).toISOString(),
    fileDurationMs: durationMs,
    fileBytes: bytes,
  };
}
