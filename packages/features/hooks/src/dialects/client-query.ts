import { escapeUnprintable } from "./escape-argument.ts";

/** The fields of nginx-rtmp's forms. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  ...["app", "flashver", "swfurl", "tcurl", "pageurl", "addr", "epoch", "clientid", "call"],
  ...["name", "type", "start", "duration", "reset", "time", "timestamp", "recorder", "path"],
]);

/**
 * The query of a client's URL as it was written, without the parameters that are named like the server's own fields. A backend
 * reads the last of two fields with one name, so `?name=another&key=mine` would open another stream with the client's key.
 */
export function clientQuery(query: string): string {
  const theirs = query.split("&").filter((part) => !part.split(";").some(isOwn));
  return escapeUnprintable(theirs.join("&"));
}

/** As backends read names: PHP trims them and cuts them at `[` and NUL. */
function isOwn(parameter: string): boolean {
  const [name = ""] = parameter.split("=");
  const [read = ""] = unescaped(name).split(/[[\0]/);
  return OWN_FIELDS.has(read.trim().toLowerCase());
}

/** Never fails, whatever stands behind a `%`. */
function unescaped(name: string): string {
  return name
    .replaceAll("+", " ")
    .replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
