export { byteByByte, decodeInEveryCut, hex, randomCuts } from "./cuts.ts";
export { Random } from "./random.ts";
