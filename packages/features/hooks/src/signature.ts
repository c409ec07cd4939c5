import { createHmac } from "node:crypto";

/** The value of X-Headgate-Signature: it proves who asks, and when. */
export function signatureOf(content: string, secret: string, timeMs: number): string {
  const seconds = Math.floor(timeMs / 1000);
  const digest = createHmac("sha256", secret).update(`${seconds}.${content}`).digest("hex");
  return `t=${seconds},v1=${digest}`;
}
