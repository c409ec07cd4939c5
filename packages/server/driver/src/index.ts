export { connectionLimits } from "./connection-limits.ts";
export { Driver } from "./driver.ts";
export type { DriverContext } from "./driver-context.ts";
export type { DriverOwner } from "./driver-owner.ts";
export { FAULT_SCOPES, FaultLog, type SessionFaults } from "./fault-log.ts";
export { InputMemory } from "./input-memory.ts";
export {
  DEFAULT_DRIVER_LIMITS,
  DEFAULT_DRIVER_TIMEOUTS,
  type DriverLimits,
  type DriverTimeouts,
} from "./options.ts";
export type { Peer } from "./peer.ts";
export { ReusedBuffer } from "./reused-buffer.ts";
export { RtmpPeer, type RtmpPeerContext } from "./rtmp-peer.ts";
export { Sweep, type Swept } from "./sweep.ts";
export { Turns } from "./turns.ts";
