import type { StreamKey } from "@headgate/bus";
import type { RecordedFile, Session } from "@headgate/gateway";
import type { ConnectRequest, PlayRequest, PublishType } from "@headgate/session";
import type { BeginHookSpan } from "./hook-tracer.ts";

/** What is asked about before it happens. */
export const QUESTIONS = ["connect", "publish", "play"] as const;

/** What is told after it has happened; an answer to `update` may end the session. */
export const REPORTS = [
  "update",
  "unpublish",
  "stop",
  "close",
  "done",
  "recordingBegun",
  "recordingComplete",
  "recordingFailed",
] as const;

export type Question = (typeof QUESTIONS)[number];
export type HookEvent = Question | (typeof REPORTS)[number];

export function isQuestion(event: HookEvent): event is Question {
  return (QUESTIONS as readonly HookEvent[]).includes(event);
}

/** The stream of an event. */
export interface StreamFacts {
  readonly kind: "publish" | "play";
  readonly key: StreamKey;
  /** Without the question mark; credentials live here. */
  readonly query: string;
  readonly type: PublishType;
  readonly start: PlayRequest["start"];
  /** Since it began. */
  readonly elapsedMs: number;
}

/** The file of an event about a recording. */
export type RecordingFacts = Pick<
  RecordedFile,
  "root" | "file" | "startedMs" | "durationMs" | "bytes" | "reason"
>;

/** What is known of a session. The server itself has none, so its id is 0. */
export interface SessionFacts
  extends Pick<Session, "id" | "remoteAddress" | "remotePort" | "identity" | "bytesReceived" | "bytesSent"> {
  readonly transport: Session["transport"] | undefined;
}

/** What the client has said in `connect`. */
export type ClientFacts = Pick<
  ConnectRequest,
  "virtualHost" | "application" | "query" | "tcUrl" | "pageUrl" | "swfUrl" | "flashVersion"
>;

/** One event of one session, for one hook. */
export interface HookCall {
  readonly event: HookEvent;
  /** Identifies this server. */
  readonly serverId: string;
  readonly session: SessionFacts;
  readonly connect: ClientFacts;
  /** The virtual host, if one is configured for it, and the application: of the stream, or else of `connect`. */
  readonly virtualHost: string;
  readonly application: string;
  /** Undefined for `connect` and `close`. */
  readonly stream: StreamFacts | undefined;
  /** Only for those of a recording. */
  readonly recording?: RecordingFacts | undefined;
  /** Counts what this hook was asked and told about this session. */
  readonly seq: number;
  /** Since the Unix epoch. */
  readonly timeMs: number;
  /** Why the session has ended; only for `close`. */
  readonly reason: string | undefined;
  /** Set if requests are traced. */
  readonly beginSpan?: BeginHookSpan | undefined;
}

/** The query of the stream's URL, or else that of `connect`: some clients can write one in one place only. */
export function queryOf({ stream, connect }: HookCall): string {
  return stream?.query || connect.query;
}

/** Application and name, without the virtual host. */
export function pathOf({ application, stream }: HookCall): string {
  const name = stream?.key.name ?? "";
  return application === "" ? name : `${application}/${name}`;
}
