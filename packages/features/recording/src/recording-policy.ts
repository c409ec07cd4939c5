import { ALLOW, type Policy } from "@headgate/gateway";
import type { Recordings } from "./recordings.ts";

/** Grants a recording to publishers that ask for one, where the application records the stream. */
export function recordingPolicy(recordings: Pick<Recordings, "mayRecord">): Policy {
  return {
    name: "recording",
    publish: ({ type, key }) =>
      type === "live" || !recordings.mayRecord(key) ? ALLOW : { kind: "allow", mayRecord: true },
  };
}
