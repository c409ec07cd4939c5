export { type AttackOptions, type AttackReport, attack } from "./live/attack.ts";
export { describeAttack } from "./live/describe-attack.ts";
