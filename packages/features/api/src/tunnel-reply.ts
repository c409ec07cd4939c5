import { listOf, number, object, orNull, type Schema, text } from "./schema.ts";

export interface TunnelReply {
  readonly ip: string;
  readonly port: number;
  readonly transport: string;
  readonly polls: number;
  readonly polls_per_second: number;
  readonly idle_ms: number | null;
  readonly queued_bytes: number;
  readonly recv_bytes: number;
  readonly send_bytes: number;
}

const TUNNEL: Schema<TunnelReply> = object<TunnelReply>({
  ip: text("The client's address."),
  port: number("Its port when it opened the session, as the client has it."),
  transport: text("rtmpt or rtmpts; inside of it there may be RTMPE."),
  polls: number("Requests so far."),
  polls_per_second: number("Requests a second, since it was asked for before."),
  idle_ms: orNull(
    number("Since its client gave a sign of life. Null if it is over and lingers for a late request."),
  ),
  queued_bytes: number("That wait for its next request, or that it has not read."),
  recv_bytes: number("In requests so far."),
  send_bytes: number("In replies so far."),
});

export const TUNNELS: Schema<object> = object<object>({
  tunnels: object<{ sessions: number }>({ sessions: number("Sessions that are open.") }),
  total: number("How many there are in all."),
  sessions: listOf(TUNNEL, "One part of them, in the order in which they were opened."),
} as object);
