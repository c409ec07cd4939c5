import { ALLOW, deny, type Policy, type RequestingPeer, type Verdict } from "@headgate/gateway";
import type { AccessState } from "./access-state.ts";
import { Networks } from "./networks.ts";
import type { StreamRules } from "./rules.ts";

/** Lets peers connect, publish and play by their addresses. */
export function addressPolicy(state: () => AccessState): Policy {
  return {
    name: "addresses",
    connect: ({ peer }) =>
      admits(state().connect, peer.remoteAddress)
        ? ALLOW
        : deny("NetConnection.Connect.Rejected", "ADDRESS_DENIED"),
    publish: ({ key, peer }) => publishVerdict(peer, state().applications.optionsOf(key)?.rules.publish),
    play: ({ key, peer }) => {
      const rules = state().applications.optionsOf(key)?.rules.play;
      return admits(rules, peer.remoteAddress) ? ALLOW : deny("NetStream.Play.Failed", "ADDRESS_DENIED");
    },
  };
}

function publishVerdict({ remoteAddress }: RequestingPeer, rules: StreamRules | undefined): Verdict {
  if (admits(rules, remoteAddress)) return ALLOW;
  const isByDefault = rules?.allow === Networks.PRIVATE && !rules.deny.has(remoteAddress);
  return deny("NetStream.Publish.Denied", isByDefault ? "PUBLISHING_PRIVATE" : "ADDRESS_DENIED");
}

/** An application without rules is one that is no longer configured. */
function admits(rules: Pick<StreamRules, "allow" | "deny"> | undefined, address: string): boolean {
  if (!rules) return false;
  return rules.allow.has(address) && !rules.deny.has(address);
}
