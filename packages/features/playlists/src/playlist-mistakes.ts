import { Applications, StreamKey } from "@headgate/bus";
import type { Mistake, Path } from "@headgate/config";
import type { ApplicationPlaylists, PlaylistItem, PlaylistOptions } from "./config.ts";
import { MAX_ITEMS, MAX_PLAYLISTS, MAX_SCHEDULED_LISTS } from "./limits.ts";
import { liveNames } from "./live-names.ts";

/** A playlist in the file. */
interface Written {
  readonly path: Path;
  readonly key: StreamKey;
  readonly options: PlaylistOptions;
}

/** What is wrong with the playlists of a configuration although each key of them is right. */
export function playlistMistakes(
  applications: ReadonlyMap<string, ApplicationPlaylists>,
): readonly Mistake[] {
  const known = new Applications(applications);
  const written: Written[] = [];
  const mistakes: Mistake[] = [];
  for (const [application, { playlists }] of applications) {
    const path = ["applications", application, "playlists"];
    const isOfMany = application === "*" || application.endsWith("/*");
    if (isOfMany && playlists.size > 0)
      mistakes.push({ path, sentence: "needs an application with a name: every other one would have them" });
    for (const [name, options] of isOfMany ? [] : playlists) {
      const key = StreamKey.parse(`${application}/${name}`, known);
      if (typeof key === "object") written.push({ path: [...path, name], key, options });
      mistakes.push(...mistakesIn([...path, name], options));
    }
  }
  if (written.length > MAX_PLAYLISTS)
    mistakes.push({
      path: ["applications"],
      sentence: `have ${written.length} playlists, of which there may be ${MAX_PLAYLISTS}`,
    });
  return [...mistakes, ...circlesIn(written, known)];
}

function mistakesIn(path: Path, { items, loop, schedule }: PlaylistOptions): readonly Mistake[] {
  if (items.length > 0 && schedule.length > 0)
    return [{ path, sentence: "cannot have both items and a schedule" }];
  if (items.length === 0 && schedule.length === 0) return [{ path, sentence: "needs items, or a schedule" }];
  if (loop && schedule.length > 0)
    return [{ path: [...path, "loop"], sentence: "belongs to the lists of the schedule" }];
  if (schedule.length > MAX_SCHEDULED_LISTS)
    return [{ path: [...path, "schedule"], sentence: `must have at most ${MAX_SCHEDULED_LISTS} lists` }];
  return [
    ...mistakesOfItems([...path, "items"], items),
    ...schedule.flatMap((list, index) => {
      const at = [...path, "schedule", String(index)];
      if (list.items.length === 0) return [{ path: at, sentence: "needs items" }];
      return mistakesOfItems([...at, "items"], list.items);
    }),
  ];
}

function mistakesOfItems(path: Path, items: readonly PlaylistItem[]): readonly Mistake[] {
  if (items.length > MAX_ITEMS) return [{ path, sentence: `must have at most ${MAX_ITEMS} items` }];
  return items.flatMap(({ file, live, startMs }, index) => {
    const at = [...path, String(index)];
    if ((file === undefined) === (live === undefined))
      return [{ path: at, sentence: "needs either a file or a live stream" }];
    if (live !== undefined && startMs > 0)
      return [{ path: [...at, "start"], sentence: "is of a file; a live stream has only its present" }];
    return [];
  });
}

/** Playlists that would play themselves, through others as well. */
function circlesIn(written: readonly Written[], known: Applications<unknown>): readonly Mistake[] {
  const played = new Map(written.map((one) => [one.key.path, playedBy(one, known)]));
  return written.flatMap(({ path, key }) => {
    const way = wayBack(key.path, key.path, played, new Set());
    return way === undefined ? [] : [{ path, sentence: `plays itself: ${[key.path, ...way].join(", ")}` }];
  });
}

function playedBy({ key, options: { items, schedule } }: Written, known: Applications<unknown>): string[] {
  return [items, ...schedule.map((list) => list.items)].flat().flatMap(({ live }) => {
    const stream = live === undefined ? undefined : StreamKey.of(liveNames(key, live), known);
    return typeof stream === "object" ? [stream.path] : [];
  });
}

function wayBack(
  from: string,
  to: string,
  played: ReadonlyMap<string, readonly string[]>,
  seen: Set<string>,
): readonly string[] | undefined {
  for (const next of played.get(from) ?? []) {
    if (next === to) return [next];
    if (seen.has(next)) continue;
    seen.add(next);
    const way = wayBack(next, to, played, seen);
    if (way) return [next, ...way];
  }
  return undefined;
}
