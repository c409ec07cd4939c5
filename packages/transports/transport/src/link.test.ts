import { expect, test } from "vitest";
import { encryptedName, type TransportName } from "./link.ts";

test("what runs in the clear has another name under RTMPE, and nothing else has", () => {
  const names: TransportName[] = ["rtmp", "rtmpt", "rtmps", "rtmpts", "memory"];
  expect(names.map(encryptedName)).toEqual(["rtmpe", "rtmpte", "rtmps", "rtmpts", "memory"]);
});
