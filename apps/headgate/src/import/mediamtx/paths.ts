import type { Setting } from "../part.ts";
import { isRelayUrl } from "../relay-url.ts";
import { applyRules, each, left, type Output, type Rules } from "../rules.ts";
import { find, flag, isEmpty, keyOf, text } from "../settings.ts";
import type { Access } from "./access.ts";
import { leaveOther, WHO_MAY } from "./other-features.ts";
import { type Place, placesOf } from "./path-name.ts";

/** Imports `paths`, each with what `pathDefaults` says. */
export function importPaths(settings: readonly Setting[], access: Access, output: Output): void {
  const defaults = find(settings, "pathDefaults")?.parts ?? [];
  leaveAllBut(IMPORTED, defaults, settings, output);
  for (const path of find(settings, "paths")?.parts ?? []) {
    const places = placesOf(path.key);
    if (typeof places === "string") {
      output.report.left(path, places);
      continue;
    }
    leaveAllBut(IMPORTED, path.parts, settings, output);
    for (const place of places) {
      if (!output.draft.has(["applications", place.application])) access.setIn(place.application);
      importPath(path, place, defaults, output);
    }
  }
}

/** What a path says that Headgate has, too. */
const IMPORTED: ReadonlySet<string> = new Set([
  "source",
  "sourceOnDemand",
  "sourceOnDemandCloseAfter",
  "overridePublisher",
  "forward",
  "maxReaders",
]);

const LEFT: Rules<Setting> = {
  sourceFingerprint: left("outward.caFile names the authorities that are trusted"),
  sourceOnDemandStartTimeout: left("a viewer waits as long as it likes"),
  sourceRedirect: left("Headgate sends players nowhere else"),
  useAbsoluteTimestamp: left("timestamps are passed on as the publisher sends them"),
  fallback: left("Headgate sends players nowhere else"),
  disablePublisherOverride: left("its new name is overridePublisher"),
  ...each("publishUser publishPass publishIPs readUser readPass readIPs", left(WHO_MAY)),
};

function leaveAllBut(
  imported: ReadonlySet<string>,
  parts: readonly Setting[],
  settings: readonly Setting[],
  output: Output,
): void {
  const others = parts.filter(({ key }) => !imported.has(key));
  const unknown = others.filter((setting) => !leaveOther(setting, [...parts, ...settings], output));
  const used = unknown.filter((setting) => {
    const isUsed = !isEmpty(setting) && flag(setting) !== false;
    if (!isUsed) output.report.needless(setting, "it is not in use");
    return isUsed;
  });
  applyRules(used, LEFT, keyOf, output);
}

function importPath(path: Setting, place: Place, defaults: readonly Setting[], output: Output): void {
  const { draft, report } = output;
  const { application, caveat } = place;
  const base = ["applications", application];
  const of = (key: string) => find(path.parts, key) ?? find(defaults, key);
  draft.set(path, base, {});
  if (caveat !== undefined) report.partly(path, caveat);
  const override = of("overridePublisher");
  draft.set(override, [...base, "publisherPolicy"], flag(override) === false ? "reject" : "takeover");
  importReaders(of("maxReaders"), place, output);
  importRelays(place, of, output);
}

/** All rules that match a stream hold, while a path takes nothing from wider ones: only rules that no other path meets are the same. */
function importReaders(
  readers: Setting | undefined,
  { application, stream, path }: Place,
  { draft, report }: Output,
): void {
  const maxViewers = Number(readers?.value);
  if (!readers || !(maxViewers > 0)) return;
  const isOwn = stream !== undefined || path === `${application}/{stream}`;
  if (application === "*" || !isOwn)
    return report.left(readers, "write a rule in access.limits for the streams that are meant");
  const streams = `${application}/${stream ?? "*"}`;
  draft.append([readers], ["access", "limits"], { streams, each: "stream", play: { maxViewers } });
}

/** A stream of an application has its servers in a route. */
function importRelays(
  place: Place,
  of: (key: string) => Setting | undefined,
  { draft, report }: Output,
): void {
  const base = ["applications", place.application];
  const source = of("source");
  const pull = urlOf(source, place);
  const targets = (of("forward")?.parts ?? []).map((entry) => {
    const dest = find(entry.parts, "dest");
    const url = urlOf(dest, place);
    if (url === undefined) report.left(entry, "Headgate pushes to URLs of RTMP only");
    return { setting: dest ?? entry, url };
  });
  const pushes = targets.filter(({ url }) => url !== undefined);
  if (source && text(source) === "publisher") report.needless(source, "encoders publish it");
  else if (source && pull === undefined) report.left(source, "Headgate pulls from URLs of RTMP only");
  if (pull !== undefined) importPullTimes(base, of, { draft, report });
  const pulled = source && pull !== undefined ? [{ setting: source, url: pull }] : [];
  if (place.stream === undefined) {
    for (const { setting, url } of pulled) draft.append([setting], [...base, "pull"], url);
    for (const { setting, url } of pushes) draft.append([setting], [...base, "push"], url);
  } else if (pulled.length + pushes.length > 0) {
    const parts = [...pulled, ...pushes].map(({ setting }) => setting);
    const [pullUrls, pushUrls] = [pulled, pushes].map((list) => list.map(({ url }) => url));
    draft.append(parts, [...base, "routes"], { streams: place.stream, pull: pullUrls, push: pushUrls });
  }
}

function importPullTimes(
  base: readonly string[],
  of: (key: string) => Setting | undefined,
  { draft, report }: Output,
): void {
  const onDemand = of("sourceOnDemand");
  if (onDemand && flag(onDemand) === true)
    report.needless(onDemand, "a pull always begins with the first viewer");
  else
    report.partly(
      onDemand ?? of("source")!,
      "the stream is fetched when the first viewer comes, and while there are any",
    );
  const idle = of("sourceOnDemandCloseAfter");
  if (idle) draft.set(idle, [...base, "pullIdle"], idle.value);
}

/** The URL of another RTMP server, with our placeholders for those of MediaMTX. Undefined if there is none. */
function urlOf(setting: Setting | undefined, { path, group }: Place): string | undefined {
  // What follows "#" is the stream.
  const url = text(setting)?.replace("#", "/");
  if (url === undefined || !isRelayUrl(url.replaceAll(/\$(MTX_PATH|G1)/g, "x"))) return undefined;
  const filled = url.replaceAll("$MTX_PATH", path).replaceAll("$G1", group ?? "$G1");
  return /\$(G\d|MTX_)/.test(filled) ? undefined : filled;
}
