import { expect, test, vi } from "vitest";
import { Store } from "./store.ts";

test("listeners hear of changes, of nothing else, and not after they have left", () => {
  const store = new Store(1);
  const heard = vi.fn(() => store.value);
  const leave = store.subscribe(heard);
  store.set(1);
  store.set(2);
  leave();
  store.set(3);
  expect(heard.mock.results.map(({ value }) => value)).toEqual([2]);
  expect(store.value).toBe(3);
});
