import { ALLOW, deny, type Policy } from "../policy.ts";

/** Refuses sessions that have come through this gateway before. All processes of one server have the same id. */
export function noLoop(gatewayId: string): Policy {
  return {
    name: "no loop",
    connect: ({ request: { via } }) =>
      via.includes(gatewayId) ? deny("NetConnection.Connect.Rejected", "RELAY_LOOP") : ALLOW,
  };
}
