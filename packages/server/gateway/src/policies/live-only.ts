import { ALLOW, deny, type Policy } from "../policy.ts";

/** Refuses `publish` with the types "record" and "append". */
export const LIVE_ONLY: Policy = {
  name: "live only",
  publish: ({ type }) =>
    type === "live" ? ALLOW : deny("NetStream.Record.NoAccess", "RECORDING_UNSUPPORTED"),
};
