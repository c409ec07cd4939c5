export { DRIVER_LIMITS, DRIVER_TIMEOUTS, type DriverLimits, type DriverTimeouts } from "./config.ts";
export { chunkStreamsFor, connectionLimits } from "./connection-limits.ts";
export { Driver, type DriverContext, type DriverOwner } from "./driver.ts";
export { FAULT_SCOPES, FaultLog, type SessionFaults } from "./fault-log.ts";
export { InputMemory } from "./input-memory.ts";
export { Sweep, type Swept } from "./sweep.ts";
export { Turns } from "./turns.ts";
