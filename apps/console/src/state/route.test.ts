import { expect, test } from "vitest";
import { hashOf, parseRoute } from "./route.ts";

test.each([
  ["", "overview", ""],
  ["#/", "overview", ""],
  ["#/streams", "streams", ""],
  ["#/nothing", "overview", ""],
  ["#/streams/live/cam", "streams", "live/cam"],
  ["#/streams/live/%E0%A4%A", "streams", "live/%E0%A4%A"],
])("%s is the view %s of %s", (hash, view, of) => {
  expect(parseRoute(hash)).toEqual({ view, of });
});

test.each(["live/cam", "live/a b", "live/100%", "live/a?b#c", "live/ünïcode"])(
  "the address of %s leads back to it",
  (of) => {
    expect(parseRoute(hashOf("streams", of))).toEqual({ view: "streams", of });
  },
);
