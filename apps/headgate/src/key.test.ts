import { Command } from "commander";
import { afterEach, expect, test, vi } from "vitest";
import { key } from "./key.ts";

afterEach(() => vi.restoreAllMocks());

async function printedFor(user: string): Promise<string> {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await key(undefined, { user }, new Command());
  return write.mock.calls.join("");
}

/** Names have these signs besides letters, digits, `.`, `_` and `-`. */
test.each([
  ["alice", "alice"],
  ["alice@example.com", "alice%40example.com"],
  ["a+b", "a%2Bb"],
])("the URL of %s has that user, as %s", async (user, written) => {
  const text = await printedFor(user);
  const [, password] = /\n\n {2}(\S+)\n/.exec(text)!;
  expect(text).toContain(`"rtmp://${written}:${password}@HOST/live/stream"\n`);
  expect(text).toContain(`    ${JSON.stringify(user)}:\n`);
});
