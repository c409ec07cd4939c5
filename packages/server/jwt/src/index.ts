export { fetchJson } from "./fetch-json.ts";
export { isKeyServerUrl } from "./key-server-url.ts";
export { KeySet } from "./key-set.ts";
export { type Claims, TokenJudge, type TokenOutcome } from "./token-judge.ts";
