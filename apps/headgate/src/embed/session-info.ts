import type { Session } from "@headgate/gateway";
import type { SessionInfo } from "./public-types.ts";

/** What a program sees of a session. */
export function sessionInfo(
  { id, transport, remoteAddress, remotePort, identity }: Session,
  granted: string | undefined = identity,
): SessionInfo {
  return { id, transport, remoteAddress, remotePort, identity: granted };
}
