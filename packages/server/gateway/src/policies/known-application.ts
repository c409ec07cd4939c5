import { type Applications, levelsOf } from "@headgate/bus";
import { ALLOW, deny, type Policy } from "../policy.ts";

/** Refuses a connection from which no stream can be reached. Streams have a key only if their application is known. */
export function knownApplication(applications: Applications<unknown>): Policy {
  return {
    name: "known application",
    connect: ({ request: { virtualHost, application } }) =>
      applications.admits(virtualHost, levelsOf(application))
        ? ALLOW
        : deny("NetConnection.Connect.InvalidApp", "APPLICATION_UNKNOWN"),
  };
}
