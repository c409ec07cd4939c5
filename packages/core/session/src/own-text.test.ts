import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { readConnect } from "./connect.ts";
import { ownText } from "./own-text.ts";
import { parseStreamName } from "./stream-name.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** What is kept of so many things, once all else is gone. Bytes each. */
function heldBytes(count: number, make: (index: number) => unknown): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: count }, (_, index) => make(index));
  collectGarbage();
  const bytes = (process.memoryUsage().heapUsed - before) / kept.length;
  return bytes;
}

describe("text of its own", () => {
  it("is the same text", () => {
    for (const text of ["", "cam", "Überwachung \u{1f3a5}", "\ufeffcam"]) expect(ownText(text)).toBe(text);
  });

  it("is what is kept of `connect`, whose texts may be long", () => {
    const long = "x".repeat(50_000);
    const bytes = heldBytes(500, (index) => {
      const app = `an-application-of-its-own-${index}?${long}${index}`;
      const tcUrl = `rtmp://a-host-name-of-its-own-${index}/live?${long}${index}`;
      const { application, virtualHost } = readConnect({
        values: [{ app: Buffer.from(app).toString(), tcUrl: Buffer.from(tcUrl).toString() }],
      });
      return { application, virtualHost };
    });
    expect(bytes).toBeLessThan(5_000);
  });

  it("is what is kept of a stream's name, whatever its query", () => {
    const query = "x".repeat(8_000);
    const text = (index: number) => Buffer.from(`a-name-of-its-own-${index}?${query}${index}`).toString();
    expect(heldBytes(500, (index) => parseStreamName(text(index)).name)).toBeLessThan(1_000);
  });
});
