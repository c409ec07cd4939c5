import type { FlvOpening } from "./flv-opening.ts";
import { type Patch, patchesOf } from "./metadata-room.ts";

/** What makes a file whole that was cut off while it was written: it is cut to this length, and then patched. */
export interface FlvRepair {
  readonly truncateTo: number;
  readonly patches: readonly Patch[];
}

/**
 * The repair of a file that has been opened to its end. Values are patched where its metadata has room for them, as that of an
 * `FlvWriter` has; a file of another program keeps what its list of keyframes says.
 */
export function repairOf({ end, room, index }: FlvOpening): FlvRepair {
  return { truncateTo: end, patches: patchesOf(room, index, end) };
}
