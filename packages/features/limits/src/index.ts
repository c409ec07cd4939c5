export { BanFile } from "./ban-file.ts";
export { type Ban, Bans } from "./bans.ts";
export {
  CONNECTION_LIMITS,
  LIMIT_RULES,
  type Limits,
  type LimitsOptions,
  PLAY_LIMITS,
  PUBLISH_LIMITS,
} from "./config.ts";
export { type Claim, type Full, Ledger, type ReportedBitrate } from "./ledger.ts";
export type { LimitsConfig } from "./limit-rules.ts";
export { type LimitsFeatures, limitsFeatures } from "./limits-feature.ts";
export { LocalSlots, type Slots } from "./slots.ts";
