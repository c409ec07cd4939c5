/**
 * Whether the levels of a path lead to another one, as `..` does. A server from which a stream is fetched, or to which it is
 * sent, may take its path for that of a file or of a URL, and would then give or take another stream than is named here.
 */
export function leadsElsewhere(levels: readonly string[]): boolean {
  return DOTS.test(levels.join("/"));
}

/** A level of dots. It may be spelled as in a URL, and end at a backslash, as some servers read it. */
const DOTS = /(?:^|[\\/]|%2f|%5c)(?:\.|%2e){1,2}(?:$|[\\/]|%2f|%5c)/i;
