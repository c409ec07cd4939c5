export { type ApplicationPlaylists, PLAYLISTS } from "./config.ts";
export { playlistMistakes } from "./playlist-mistakes.ts";
export { Playlists } from "./playlists.ts";
export { playlistsFeature } from "./playlists-feature.ts";
