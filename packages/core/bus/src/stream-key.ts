import type { Applications } from "./applications.ts";
import { leadsElsewhere } from "./leads-elsewhere.ts";
import { MAX_NAME_LENGTH } from "./limits.ts";

/** The instance that Flash Media Server adds to an application that names none; it is no level of a path. */
const DEFAULT_INSTANCE = "_definst_";

/** The names a client has sent: the application of `connect`, and the stream of `publish` or `play`, in any split. */
export interface StreamNames {
  /** The host name that the client has used for the server. */
  readonly virtualHost?: string;
  readonly application: string;
  readonly name: string;
}

export type KeyRefusal = "APPLICATION_UNKNOWN" | "NAME_INVALID";

/**
 * The identity of a stream in a server, and the only place where names are joined or split. Encoders and players split one
 * URL differently: `rtmp://host/live/room/cam` is application `live` with name `room/cam` to OBS, and `live/room` with `cam`
 * to ffmpeg. Both have one path, which is split at the longest configured application.
 */
export class StreamKey {
  /** Empty unless the application is configured for this host. */
  readonly virtualHost: string;
  readonly application: string;
  /** At least one level. */
  readonly name: string;
  /** `application/name`, with `//host/` in front of a virtual host's: unlike for unlike streams. */
  readonly path: string;

  private constructor(virtualHost: string, application: string, name: string) {
    this.virtualHost = virtualHost;
    this.application = application;
    this.name = name;
    const host = virtualHost === "" ? "" : `//${virtualHost}/`;
    this.path = host + (application === "" ? name : `${application}/${name}`);
  }

  static of(
    { virtualHost = "", application, name }: StreamNames,
    applications: Applications<unknown>,
  ): StreamKey | KeyRefusal {
    const levels = [...levelsOf(application), ...levelsOf(name)];
    if (levels.length === 0) return "NAME_INVALID";
    const found = applications.find(virtualHost, levels, 1);
    if (!found) return applications.find(virtualHost, levels, 0) ? "NAME_INVALID" : "APPLICATION_UNKNOWN";
    // For every other application the last level is the name, as in a URL.
    const length = found.name === "*" ? levels.length - 1 : found.name.split("/").length;
    const head = levels.slice(0, length).join("/");
    const key = new StreamKey(found.virtualHost, head, levels.slice(length).join("/"));
    return key.path.length > MAX_NAME_LENGTH || leadsElsewhere(levels) ? "NAME_INVALID" : key;
  }

  /** Reads a {@link path} that another process of the server has sent. */
  static parse(path: string, applications: Applications<unknown>): StreamKey | KeyRefusal {
    const [, virtualHost = "", name = path] = /^\/\/([^/]*)\/(.*)$/s.exec(path) ?? [];
    return StreamKey.of({ virtualHost, application: "", name }, applications);
  }
}

/** The levels of a path as people write it: slashes too many, and white space around pasted names, mean nothing. */
export function levelsOf(text: string): readonly string[] {
  return text
    .split("/")
    .map((level) => level.trim())
    .filter((level) => level !== "" && level !== DEFAULT_INSTANCE);
}
