import { type Field, namedSections } from "@headgate/config";
import { type ApplicationPlaylists, PLAYLISTS } from "./config.ts";

/** The part of a configuration that has playlists. */
export const APPLICATIONS: Field<ReadonlyMap<string, ApplicationPlaylists>> = namedSections("applications", {
  rest: "*",
  pattern: /./,
  misnamed: "a name",
  expects: "names",
  section: PLAYLISTS,
  description: "Applications.",
});
