export {
  type ClientAddress,
  type ClientContext,
  type ClientProblem,
  ClientStream,
  type ClientStreamOwner,
  type ClientStreamRequest,
  type Dial,
  withoutPing,
} from "./client-stream.ts";
export { OUTWARD, type OutwardOptions } from "./config.ts";
export { createDial, type DialOptions } from "./dial.ts";
export { hideSecrets } from "./hidden-secrets.ts";
export { createStandaloneContext, type StandaloneOptions } from "./standalone-context.ts";
