export type { LinkAdapter, LinkSource, RawClient } from "./adapter.ts";
export { linkCompliance } from "./link-compliance.ts";
