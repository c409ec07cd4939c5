export { connector } from "./connector.ts";
export { fetch } from "./fetch.ts";
