import { join } from "node:path";
import { numberOfSession } from "@headgate/gateway";
import { ALLOWED, type Answer, DENIED, type HookReply, unreadable } from "../answer.ts";
import type { Dialect, DialectRequest } from "../dialect.ts";
import type { HookCall, HookEvent, Question, RecordingFacts, StreamFacts } from "../hook-call.ts";
import { clientQuery } from "./client-query.ts";
import { escapeArgument } from "./escape-argument.ts";

const FORM = "application/x-www-form-urlencoded";

/** nginx-rtmp has no room for more of a client's `flashVer`. Bytes. */
const MAX_FLASH_VERSION_BYTES = 31;

/** -2000, "live, or else a recording", as nginx-rtmp writes it. */
const START_ANY = 2 ** 32 - 2_000;
/** -1000, "live". */
const START_LIVE = 2 ** 32 - 1_000;

type NginxEvent = Exclude<HookEvent, "recordingBegun" | "recordingFailed">;

/** What `call` is for each event. */
const CALLS: Readonly<Record<NginxEvent, string>> = {
  connect: "connect",
  publish: "publish",
  play: "play",
  update: "update",
  unpublish: "publish_done",
  stop: "play_done",
  done: "done",
  close: "disconnect",
  recordingComplete: "record_done",
};

/**
 * As nginx-rtmp-module asks its on_* URLs, byte for byte, but for parameters of the client that have the name of one of its own
 * fields: they would be taken for those.
 */
export const NGINX_RTMP: Dialect = {
  events: Object.keys(CALLS) as NginxEvent[],
  usualEvents: ["publish", "play"],
  write: (call) => (call.stream ? streamRequest(call, call.stream) : sessionRequest(call)),
  read: ({ status, location }: HookReply, event): Answer => {
    if (status >= 200 && status < 300) return ALLOWED;
    if (status < 300 || status >= 400) return DENIED;
    return event === "update" ? ALLOWED : redirected(location, event);
  },
};

/** `notify_method` does not reach these two: they always come as GET. */
function sessionRequest(call: HookCall): DialectRequest {
  const { connect, event, application } = call;
  const own =
    event === "connect"
      ? // Nobody has seen another epoch than 0 from an encoder.
        form({ ...clientOf(call), epoch: 0, call: CALLS.connect })
      : form(
          { ...clientOf(call), clientid: numberOfSession(call.session.id), call: CALLS.close },
          { app: application },
        );
  return { contentType: undefined, content: withQuery(own, connect.query) };
}

function streamRequest(call: HookCall, stream: StreamFacts): DialectRequest {
  const own = form({
    ...clientOf(call),
    clientid: numberOfSession(call.session.id),
    ...eventFields(call.event as NginxEvent, stream, call.recording),
  });
  return { contentType: FORM, content: withQuery(own, stream.query) };
}

function eventFields(
  event: NginxEvent,
  { kind, key: { name }, type, start, elapsedMs }: StreamFacts,
  recording: RecordingFacts | undefined,
): Fields {
  const call = CALLS[event];
  switch (event) {
    case "publish":
      return { call, name, type };
    case "play":
      return { call, name, start: startOf(start), duration: 0, reset: 0 };
    case "update":
      return {
        call: `${call}_${kind}`,
        time: Math.floor(elapsedMs / 1000),
        timestamp: Math.floor(elapsedMs),
        name,
      };
    case "recordingComplete":
      // The recorder of an application has no name unless it is one of several.
      return { call, recorder: "", name, path: join(recording?.root ?? "", recording?.file ?? "") };
    default:
      return { call, name };
  }
}

type Fields = Readonly<Record<string, string | number | Uint8Array>>;

function clientOf({ application, connect, session }: HookCall): Fields {
  const { flashVersion, swfUrl, tcUrl, pageUrl } = connect;
  return {
    app: application,
    flashver: Buffer.from(flashVersion).subarray(0, MAX_FLASH_VERSION_BYTES),
    swfurl: swfUrl,
    tcurl: tcUrl,
    pageurl: pageUrl,
    addr: session.remoteAddress,
  };
}

function startOf(start: StreamFacts["start"]): number {
  if (typeof start === "number") return start >>> 0;
  return start === "live" ? START_LIVE : START_ANY;
}

function form(...parts: readonly Fields[]): string {
  return parts
    .flatMap((fields) => Object.entries(fields))
    .map(([name, value]) => `${name}=${escapeArgument(typeof value === "number" ? String(value) : value)}`)
    .join("&");
}

function withQuery(own: string, query: string): string {
  const theirs = clientQuery(query);
  return theirs === "" ? own : `${own}&${theirs}`;
}

/** A publisher's stream is sent there, and a player's is fetched from there. */
function redirectedToServer(url: string, event: Question): Answer {
  if (event === "connect")
    return unreadable("a redirection to another server, which `connect` does not know");
  return { kind: "allow", grant: event === "publish" ? { pushTo: [url] } : { pullFrom: url } };
}

/** The new name, or another server. A page to log in, which frameworks redirect to, is neither. */
function redirected(location: string | undefined, event: Question): Answer {
  if (location === undefined || location === "") return unreadable("a redirection without `Location`");
  if (/^rtmp[a-z]*:\/\//i.test(location)) return redirectedToServer(location, event);
  const [name = ""] = location.split("?");
  if (name === "" || name.startsWith("/") || name.includes("://"))
    return unreadable("a redirection that names no stream");
  return { kind: "allow", grant: event === "connect" ? { application: name } : { name } };
}
