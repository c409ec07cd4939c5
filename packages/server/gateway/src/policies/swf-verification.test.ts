import { DEFAULT_APPLICATION_OPTIONS } from "@headgate/bus";
import { expect, it } from "vitest";
import type { PlayAttempt, SwfAnswer } from "../policy.ts";
import { SWF_VERIFICATION } from "./swf-verification.ts";

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16));

/** Of the SWF 46575309100000000102030405060708, and what librtmp answers with where S1 ends with 32 times 0xab. */
const SWF = {
  size: 16,
  hash: bytes("1230a11f825fe22f43536a87246e1909ad5ae398a2391eb940380a69e27bf518"),
};
const TOLD = {
  kind: "told",
  key: new Uint8Array(32).fill(0xab),
  swf: { size: 16, digest: bytes("cb565443cf0a70dfaa8d8c43734571f1eb7d7be8ee8ee09412158115d607f6f5") },
} as const;

async function verdictOn(answer: SwfAnswer, allowed = [SWF]): Promise<string> {
  const options = { ...DEFAULT_APPLICATION_OPTIONS, swfVerification: allowed };
  const attempt = { peer: { askForSwf: async () => answer }, options } as unknown as PlayAttempt;
  const verdict = await SWF_VERIFICATION.play!(attempt);
  return verdict.kind === "deny" ? `${verdict.reason}: ${verdict.description}` : verdict.kind;
}

it("lets a player play that is made of the SWF, or of one of several", async () => {
  expect(await verdictOn(TOLD)).toBe("allow");
  expect(await verdictOn(TOLD, [{ size: 16, hash: new Uint8Array(32) }, SWF])).toBe("allow");
});

it.each<[string, SwfAnswer, string]>([
  [
    "of another SWF",
    { ...TOLD, swf: { size: 16, digest: new Uint8Array(32) } },
    "not one of those that may play",
  ],
  ["of another size", { ...TOLD, swf: { ...TOLD.swf, size: 17 } }, "not one of those that may play"],
  [
    "with another connection's digest",
    { ...TOLD, key: new Uint8Array(32) },
    "not one of those that may play",
  ],
  ["that does not answer", { kind: "silent" }, "no answer in time"],
  ["whose handshake has no digest", { kind: "impossible" }, "has no digest"],
])("refuses a player %s", async (_, answer, why) => {
  expect(await verdictOn(answer)).toContain("SWF_NOT_VERIFIED");
  expect(await verdictOn(answer)).toContain(why);
});

it("asks no player where no SWF is named", async () => {
  expect(await verdictOn({ kind: "silent" }, [])).toBe("allow");
});

it("asks no publisher: encoders are made of no SWF", () => {
  expect(SWF_VERIFICATION.publish).toBeUndefined();
});
