import { ALLOW, deny, type Policy } from "../policy.ts";

/** Refuses what has come through this gateway before. The processes of one server have one id. */
export function noLoop(gatewayId: string): Policy {
  return {
    name: "no loop",
    connect: ({ peer, request: { via } }) =>
      via.includes(gatewayId) && !peer.isInternal
        ? deny("NetConnection.Connect.Rejected", "RELAY_LOOP")
        : ALLOW,
  };
}
