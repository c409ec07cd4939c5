import { setImmediate as nextTurn } from "node:timers/promises";
import { SLICE, type Slice } from "./server-view.ts";

/** A whole list, slice by slice, with others' turns in between. */
export async function* allOf<Item>(
  read: (start: number, count: number) => Promise<Slice<Item>>,
): AsyncGenerator<Item> {
  let start = 0;
  let slice = await read(start, SLICE);
  while (slice.items.length > 0) {
    yield* slice.items;
    if (slice.items.length < SLICE) return;
    start += SLICE;
    await nextTurn();
    slice = await read(start, SLICE);
  }
}
