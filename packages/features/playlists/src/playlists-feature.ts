import type { Feature } from "@headgate/feature";
import type { ApplicationPlaylists } from "./config.ts";
import type { Playlists } from "./playlists.ts";

/** Playlists, as the server has them. */
export function playlistsFeature(playlists: Playlists): Feature<ReadonlyMap<string, ApplicationPlaylists>> {
  const { counts } = playlists;
  return {
    name: "playlists",
    policies: [playlists.policy],
    metrics: [
      {
        name: "headgate_playlists",
        help: "Playlists, by whether an item is on.",
        kind: "gauge",
        labels: ["state"],
        read: () => new Map(Object.entries(playlists.states)),
      },
      {
        name: "headgate_playlist_items_total",
        help: "Items of playlists, by how they have ended.",
        kind: "counter",
        labels: ["end"],
        read: () =>
          new Map([
            ["played", counts.played],
            ["failed", counts.failed],
          ]),
      },
    ],
    start: () => playlists.start(),
    reconfigure: (applications) => playlists.reconfigure(applications),
    ending: () => playlists.close(),
  };
}
