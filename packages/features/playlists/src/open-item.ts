import type { StreamKey, StreamNames } from "@headgate/bus";
import type { Gateway } from "@headgate/gateway";
import { parseStreamName } from "@headgate/session";
import type { Faults } from "@headgate/transport";
import type { PlaylistItem } from "./config.ts";
import { FileItem } from "./file-item.ts";
import type { ItemProblem, ItemSource } from "./item-source.ts";
import { LiveItem } from "./live-item.ts";
import { liveNames } from "./live-names.ts";

export interface Opening {
  readonly gateway: Pick<Gateway, "read" | "openRecording">;
  /** Of the playlist. */
  readonly key: StreamKey;
  readonly faults: Faults;
  readonly onFault: (error: unknown) => void;
}

/** An item that is ready to be played, which the caller closes, or why it cannot be. Never rejects. */
export async function openItem(
  { gateway, key, faults, onFault }: Opening,
  item: PlaylistItem,
): Promise<ItemSource | ItemProblem> {
  if (item.live !== undefined)
    return new LiveItem(gateway, liveNames(key, item.live), item.durationMs, onFault);
  try {
    const { name, format } = parseStreamName(item.file ?? "");
    const source = await gateway.openRecording(ofApplication(key, name), format);
    return source ? new FileItem(source, item) : "PLAYLIST_ITEM_MISSING";
  } catch (error) {
    faults.report("task", error);
    return "PLAYLIST_ITEM_UNREADABLE";
  }
}

function ofApplication({ virtualHost, application }: StreamKey, name: string): StreamNames {
  return { virtualHost, application, name };
}
