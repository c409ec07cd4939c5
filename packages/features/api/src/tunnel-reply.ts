import { Type } from "typebox";
import { type Described, orNull } from "./described.ts";

export const TUNNEL = Type.Object({
  ip: Type.String({ description: "The client's address." }),
  port: Type.Number({ description: "Its port when it opened the session, as the client has it." }),
  transport: Type.String({ description: "rtmpt or rtmpts; inside of it there may be RTMPE." }),
  polls: Type.Number({ description: "Requests so far." }),
  polls_per_second: Type.Number({ description: "Requests a second, since it was asked for before." }),
  idle_ms: orNull(
    Type.Number(),
    "Since its client gave a sign of life. Null if it is over and lingers for a late request.",
  ),
  queued_bytes: Type.Number({ description: "That wait for its next request, or that it has not read." }),
  recv_bytes: Type.Number({ description: "In requests so far." }),
  send_bytes: Type.Number({ description: "In replies so far." }),
});

export type TunnelReply = Described<typeof TUNNEL>;
