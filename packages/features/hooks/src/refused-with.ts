import type { Denial } from "@headgate/gateway";
import type { Question } from "./hook-call.ts";

/** What the client is told with a refusal. */
export const REFUSED_WITH: Readonly<Record<Question, Denial["status"]>> = {
  connect: "NetConnection.Connect.Rejected",
  publish: "NetStream.Publish.Denied",
  play: "NetStream.Play.Failed",
};
