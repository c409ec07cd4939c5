export { byteByByte, decodeInEveryCut, hex, randomCuts } from "./cuts.ts";
export { freePort } from "./free-port.ts";
export { kept } from "./kept.ts";
export { type Amount, measure } from "./measure.ts";
export { NO_FAULTS } from "./no-faults.ts";
export { Random } from "./random.ts";
