export { Access, type AccessParts } from "./access.ts";
export type { AccessConfig } from "./access-state.ts";
export {
  ACCESS,
  type AccessOptions,
  type ApplicationAccess,
  PLAY,
  PUBLISH,
  type PublishAccess,
  type StreamAccess,
} from "./config.ts";
export { isName } from "./fields.ts";
export { Networks } from "./networks.ts";
export { holdersIn } from "./publishers.ts";
export { type CredentialKind, type Decider, hasTokens, type PublishRules, rulesOf } from "./rules.ts";
export { hashLine } from "./secret-text.ts";
export {
  isForOneAddress,
  type PresetName,
  type SignedUrlOptions,
  signatureFor,
} from "./signed-url/signed-url.ts";
export { UserSecrets } from "./user-secrets.ts";
