export { addressKey } from "./address-key.ts";
export { AddressLine } from "./address-line.ts";
export { Arrivals } from "./arrivals.ts";
export { Counts } from "./counts.ts";
export { DialError, type DialErrorCode } from "./dial-error.ts";
export { type FaultScope, type Faults, Guard } from "./guard.ts";
export { encryptedName, type Link, type LinkHandler, type TransportName } from "./link.ts";
export type { MemoryLink } from "./memory/memory-link.ts";
export {
  type MemoryLinkPair,
  type MemoryLinkPairOptions,
  memoryLinkPair,
} from "./memory/memory-link-pair.ts";
