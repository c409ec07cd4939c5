export { Acme, type AcmeOptions } from "./acme.ts";
export { acmeFeature } from "./acme-feature.ts";
export type { ChallengeAnswers, ChallengeType } from "./challenges.ts";
export { ACME, type AcmeSettings } from "./config.ts";
