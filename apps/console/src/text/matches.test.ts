import { expect, test } from "vitest";
import { matches } from "./matches.ts";

test.each([
  ["", true],
  ["CAM", true],
  ["rtmpt live", true],
  ["rtmpt other", false],
  ["  ", true],
])("the filter %j: %s", (filter, does) => {
  expect(matches(filter, ["live/cam", null, "rtmpt"])).toBe(does);
});
