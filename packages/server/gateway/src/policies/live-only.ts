import { ALLOW, deny, type Policy } from "../policy.ts";

/** Refuses `publish` with the types "record", "append" and "appendWithGap", unless another policy has granted a recording. */
export const LIVE_ONLY: Policy = {
  name: "live only",
  publish: ({ type, grants }) =>
    type === "live" || grants.mayRecord ? ALLOW : deny("NetStream.Record.NoAccess", "RECORDING_UNSUPPORTED"),
};
