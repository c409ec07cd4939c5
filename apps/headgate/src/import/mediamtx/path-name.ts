/** Where the streams of a path of MediaMTX are in Headgate. */
export interface Place {
  readonly application: string;
  /** The only stream in it that the path is for. */
  readonly stream?: string;
  /** What `$MTX_PATH` and `$G1` stand for. */
  readonly path: string;
  readonly group?: string;
  /** What is different there. */
  readonly caveat?: string;
}

const EVERY_OTHER: ReadonlySet<string> = new Set([
  "all",
  "all_others",
  "~",
  "~.*",
  "~.+",
  "~^.*$",
  "~^.+$",
  "~^.*",
  "~^",
]);

/** The places of a path, which may be a regular expression; or why there is none. */
export function placesOf(name: string): readonly Place[] | string {
  if (EVERY_OTHER.has(name)) return [{ application: "*", path: "{app}/{stream}" }];
  if (/^~\^\(\.[*+]\)\$$/.test(name))
    return [{ application: "*", path: "{app}/{stream}", group: "{app}/{stream}" }];
  const literals = literalsOf(name);
  if (literals.length > 0) return literals.map(placeOf);
  const [, prefix, group] = /^~\^([\w/\\.-]+)\/(?:(\((?:\.|\[\^\/\])[*+]\))|\.[*+])?\$?$/.exec(name) ?? [];
  const application = prefix === undefined ? undefined : withoutPattern(prefix);
  if (application === undefined)
    return "Headgate has no regular expressions: name the application, or a pattern in its routes";
  const path = `${application}/{stream}`;
  return [{ application, path, ...(group === undefined ? {} : { group: "{stream}" }) }];
}

/** `name`, `~^name$` and `~^(one|other)$`; empty for anything else. */
function literalsOf(name: string): readonly string[] {
  if (PATH.test(name)) return [name];
  const [, single, several] = /^~\^(?:([\w/\\.-]+)|\(([\w/\\.|-]+)\))\$$/.exec(name) ?? [];
  const names = (several ?? single ?? "").split("|").map(withoutPattern);
  return names.every((each) => each !== undefined) ? names : [];
}

const PATH = /^[\w.-]+(?:\/[\w.-]+)*$/;

/** The text that a pattern stands for, if there is only one. */
function withoutPattern(pattern: string): string | undefined {
  const text = pattern.replace(/\\([.-])/g, "$1");
  return /(?<!\\)\./.test(pattern) || !PATH.test(text) ? undefined : text;
}

/** Of a path with several levels, the last is the stream. */
function placeOf(path: string): Place {
  const at = path.lastIndexOf("/");
  if (at < 0) {
    const caveat = "its URL has one level more: rtmp://HOST/PATH/NAME";
    return { application: path, path: `${path}/{stream}`, group: path, caveat };
  }
  const caveat = "the application is open for all streams, and what is set for one holds for all";
  return { application: path.slice(0, at), stream: path.slice(at + 1), path, group: path, caveat };
}
