import { randomBytes } from "node:crypto";
import type { HookOptions } from "./config.ts";
import { DIALECTS } from "./dialects.ts";
import type { HookCall } from "./hook-call.ts";
import type { HookRequest } from "./hook-server.ts";
import { signatureOf } from "./signature.ts";

/** The HTTP request for a call, in the hook's dialect. */
export function hookRequest(
  { url, dialect, secret }: HookOptions,
  call: HookCall,
  traceParent: string = ownTraceParent(call),
): HookRequest {
  const { contentType, content } = DIALECTS[dialect].write(call);
  const headers = {
    "user-agent": "headgate",
    traceparent: traceParent,
    ...(url.authorization !== undefined && { authorization: url.authorization }),
    ...(secret !== undefined && { "x-headgate-signature": signatureOf(content, secret.value, call.timeMs) }),
  };
  if (contentType === undefined)
    return { method: "GET", target: url.targetWith(content), headers, body: undefined };
  const body = { ...headers, "content-type": contentType };
  return { method: "POST", target: url.target, headers: body, body: content };
}

/** W3C Trace Context where nobody traces: one trace for each session, which can be found by the session's id; one span for each request. */
function ownTraceParent({ serverId, session }: HookCall): string {
  const trace = `${serverId}${session.id}`.padStart(32, "0");
  return `00-${trace}-${randomBytes(8).toString("hex")}-01`;
}

/** The request as it is whichever session makes it, for the same peer. */
export function requestOfAnySession(options: HookOptions, call: HookCall): string {
  const { transport, remoteAddress, identity } = call.session;
  const session = {
    transport,
    remoteAddress,
    identity,
    id: "0",
    remotePort: 0,
    bytesReceived: 0,
    bytesSent: 0,
  };
  return DIALECTS[options.dialect].write({ ...call, session, seq: 0, timeMs: 0 }).content;
}
