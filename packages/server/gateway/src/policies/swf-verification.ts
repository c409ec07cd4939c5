import { createHmac, timingSafeEqual } from "node:crypto";
import type { SwfIdentity } from "@headgate/bus";
import { ALLOW, type Denial, deny, type Policy, type SwfAnswer, type Verdict } from "../policy.ts";

/**
 * Lets only players made of certain SWFs play, verified as Flash Media Server 3 does. Encoders are not made of an SWF, so
 * publishers are not asked.
 */
export const SWF_VERIFICATION: Policy = {
  name: "SWF verification",
  play: ({ peer, options: { swfVerification } }) => {
    if (swfVerification.length === 0) return ALLOW;
    return peer.askForSwf().then((answer) => verdictOn(answer, swfVerification));
  },
};

function verdictOn(answer: SwfAnswer, allowed: readonly SwfIdentity[]): Verdict {
  if (answer.kind === "impossible")
    return notVerified("its handshake has no digest, which the verification needs");
  if (answer.kind === "silent") return notVerified("no answer in time");
  return allowed.some((swf) => isMadeOf(swf, answer))
    ? ALLOW
    : notVerified("it is not one of those that may play");
}

function isMadeOf(allowed: SwfIdentity, { swf, key }: Extract<SwfAnswer, { kind: "told" }>): boolean {
  const digest = createHmac("sha256", key).update(allowed.hash).digest();
  return allowed.size === swf.size && timingSafeEqual(digest, swf.digest);
}

function notVerified(why: string): Denial {
  return deny("NetStream.Play.Failed", "SWF_NOT_VERIFIED", `The player's SWF is not verified: ${why}.`);
}
