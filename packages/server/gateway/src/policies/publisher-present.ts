import type { StreamKey } from "@headgate/bus";
import { ALLOW, type Policy } from "../policy.ts";

/**
 * Makes sure that the publisher of a stream is still there before the bus refuses another one because of it: an encoder that
 * has lost its network comes again long before the server would miss it.
 */
export function publisherPresent(confirm: (key: StreamKey) => Promise<void> | undefined): Policy {
  return {
    name: "publisher present",
    publish: ({ key, options }) => {
      const confirmed = options.publisherPolicy === "reject" ? confirm(key) : undefined;
      return confirmed ? confirmed.then(() => ALLOW) : ALLOW;
    },
  };
}
