import { expect, it } from "vitest";
import { BlockedOutput } from "./blocked-output.ts";

it("begins when the peer first does not read, and ends when it has taken all", () => {
  const blocked = new BlockedOutput(100);
  blocked.begin(5);
  blocked.begin(7);
  expect(blocked.sinceMs).toBe(5);
  blocked.end();
  expect(blocked.sinceMs).toBeUndefined();
});

it("refuses replies beyond the limit, counted from one block to the next", () => {
  const blocked = new BlockedOutput(100);
  blocked.addReply(100);
  blocked.end();
  blocked.addReply(100);
  expect(() => blocked.addReply(1)).toThrow(expect.objectContaining({ code: "OUTPUT_EXCEEDED" }));
});
