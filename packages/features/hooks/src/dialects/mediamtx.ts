import { uuidOfSession } from "@headgate/gateway";
import { ALLOWED, type Answer, DENIED, type HookReply } from "../answer.ts";
import { type Dialect, JSON_TYPE } from "../dialect.ts";
import { type HookCall, pathOf, queryOf } from "../hook-call.ts";

const EVENTS = ["publish", "play"] as const;

/** As MediaMTX asks its authHTTPAddress; the fields are in its order. */
export const MEDIAMTX: Dialect = {
  events: EVENTS,
  usualEvents: EVENTS,
  write: (call) => ({ contentType: JSON_TYPE, content: JSON.stringify(fieldsOf(call)) }),
  read: ({ status }: HookReply): Answer => (status >= 200 && status < 300 ? ALLOWED : DENIED),
};

function fieldsOf(call: HookCall): object {
  const { session, connect, event } = call;
  const query = queryOf(call);
  const parameters = new URLSearchParams(query);
  const password = parameters.get("pass") ?? "";
  return {
    ip: session.remoteAddress,
    user: parameters.get("user") ?? "",
    password,
    token: password || (parameters.get("token") ?? parameters.get("jwt") ?? ""),
    action: event === "publish" ? "publish" : "read",
    path: pathOf(call),
    protocol: "rtmp",
    id: uuidOfSession(session.id),
    query,
    userAgent: connect.flashVersion,
  };
}
