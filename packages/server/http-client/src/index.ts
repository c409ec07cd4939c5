export { connector } from "./connector.ts";
export { fetch } from "./fetch.ts";
export { type Trust, trustingConnector } from "./trusting-connector.ts";
