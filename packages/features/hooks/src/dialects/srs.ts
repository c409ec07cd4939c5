import { ALLOWED, type Answer, DENIED, type HookReply, isObject, parseJson, unreadable } from "../answer.ts";
import { type Dialect, JSON_TYPE } from "../dialect.ts";
import { type HookCall, pathOf, queryOf, type RecordingFacts } from "../hook-call.ts";

const EVENTS = ["connect", "publish", "play", "unpublish", "stop", "close", "recordingComplete"] as const;

/** As SRS 7 asks its http_hooks; the fields are in its order. */
export const SRS: Dialect = {
  events: EVENTS,
  usualEvents: EVENTS,
  write: (call) => ({ contentType: JSON_TYPE, content: JSON.stringify(fieldsOf(call)) }),
  read: ({ status, body }: HookReply): Answer => {
    if (status !== 200 && status !== 201) return DENIED;
    if (body === "0") return ALLOWED;
    const reply = parseJson(body);
    if (!isObject(reply)) return unreadable("the reply is neither 0 nor a JSON object");
    if (!Number.isInteger(reply.code)) return unreadable("`code` is no whole number");
    return reply.code === 0 ? ALLOWED : { kind: "deny", reason: `code ${reply.code}` };
  },
};

function fieldsOf(call: HookCall): object {
  const { session, connect, virtualHost, application, event, serverId, recording } = call;
  const common = {
    server_id: `vid-${serverId}`,
    service_id: serverId,
    action: event === "recordingComplete" ? "on_dvr" : `on_${event}`,
    client_id: session.id,
    ip: session.remoteAddress,
    vhost: virtualHost === "" ? "__defaultVhost__" : virtualHost,
    app: application,
  };
  if (event === "close")
    return { ...common, send_bytes: session.bytesSent, recv_bytes: session.bytesReceived };
  const { tcUrl, pageUrl } = connect;
  const param = paramOf(queryOf(call));
  if (event === "connect") return { ...common, stream: "", param, tcUrl, pageUrl };
  const { name, path } = call.stream!.key;
  const url = { stream_url: `/${pathOf(call)}`, stream_id: streamId(path) };
  if (event === "play") return { ...common, stream: name, tcUrl, param, pageUrl, ...url };
  return { ...common, tcUrl, stream: name, param, ...(recording && fileFields(recording)), ...url };
}

/** Programs join the two, or take the file alone and run in the same folder. */
function fileFields({ root, file = "" }: RecordingFacts): object {
  return { cwd: root, file: `./${file}` };
}

function paramOf(query: string): string {
  return query === "" ? "" : `?${query}`;
}

/** SRS has an id for each stream. The path is one. */
function streamId(path: string): string {
  return `vid-${path}`;
}
