import { expect, test } from "vitest";
import { Secret } from "./secret.ts";

test("a secret is shown neither in a text nor as JSON", () => {
  const options = { key: new Secret("s3cret") };
  const shown = `${options.key} ${JSON.stringify(options)}`;
  expect(shown).not.toContain("s3cret");
  expect(options.key.value).toBe("s3cret");
});
