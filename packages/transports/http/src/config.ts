import { KIB, MIB, parsed, type Section, size } from "@headgate/config";
import { MAX_NODE_LENGTH } from "./session-id.ts";

/** How RTMP goes through HTTP. */
export interface TunnelOptions {
  /** The beginning of session ids, for load balancers; empty without one. */
  readonly node: string;
  readonly maxReplyBytes: number;
}

export const TUNNEL: Section<TunnelOptions> = {
  node: parsed("node", {
    default: "",
    expects: `at most ${MAX_NODE_LENGTH} small letters and digits`,
    parse: (written) =>
      typeof written === "string" && /^[a-z0-9]*$/.test(written) && written.length <= MAX_NODE_LENGTH
        ? written
        : undefined,
    // The ids of sessions that are there begin with it.
    reload: "restart",
    description: `The beginning of this process's session ids, so that a load balancer can tell where a request belongs: at most ${MAX_NODE_LENGTH} small letters and digits.`,
  }),
  maxReplyBytes: size("maxReplyBytes", {
    // With 20 requests a second, as over a distance of 50 ms, it carries 20 Mbit/s; it is also about as much as a session
    // queues, and keeps in case a reply gets lost.
    default: 128 * KIB,
    range: [4 * KIB, MIB],
    reload: "sessions",
    description:
      "Payload of one HTTP reply, for proxies that limit downloads. A lower value is slower over a distance.",
    beyond: "the rest goes into the next reply",
  }),
};
