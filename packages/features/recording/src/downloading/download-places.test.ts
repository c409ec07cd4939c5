import { expect, test } from "vitest";
import { DownloadPlaces } from "./download-places.ts";

test("an address has 128 places at most, and fewer where there are few", () => {
  const places = new DownloadPlaces();
  const fill = (key: string): number => {
    let entered = 0;
    while (places.enter(key)) entered += 1;
    return entered;
  };
  expect(fill("a")).toBe(128);
  places.leave("a");
  expect(fill("a")).toBe(1);
  for (let number = 0; number < 100; number += 1) fill(`other ${number}`);
  expect(places.size).toBeLessThanOrEqual(1_024);
  // Whoever has none always has one, while there is any at all.
  expect(places.size).toBeGreaterThan(1_000);
});
