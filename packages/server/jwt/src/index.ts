export { fetchJson } from "./fetch-json.ts";
export { KeySet } from "./key-set.ts";
export { isKeyUrl } from "./key-url.ts";
export { type Claims, TokenJudge, type TokenOutcome } from "./token-judge.ts";
