import { expect, it } from "vitest";
import { signatureOf } from "./signature.ts";

it("is what openssl makes of time and body", () => {
  // printf '1740562218.{"a":1}' | openssl dgst -sha256 -hmac secret
  expect(signatureOf('{"a":1}', "secret", 1_740_562_218_999)).toBe(
    "t=1740562218,v1=c7412ad9ebab041cb76408d3a6c24658906784a6bce0915aa5a9f9e0aa896746",
  );
});
