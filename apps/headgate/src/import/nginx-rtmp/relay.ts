import type { Directive } from "../part.ts";
import { isRelayUrl } from "../relay-url.ts";
import type { Report } from "../report.ts";
import type { Output } from "../rules.ts";

/** A server that streams are pulled from or pushed to. */
export interface RelayTarget {
  readonly directive: Directive;
  readonly url: string;
  /** The only stream that it is for. */
  readonly stream: string | undefined;
}

/** Parameters that say where a stream is; nginx-rtmp does not mind their case. */
const PLACES: ReadonlySet<string> = new Set(["app", "name", "playpath"]);

/** `push URL [parameter=value ...]`, and `pull` likewise. Undefined, and reported, if it cannot be had. */
export function relayTarget(
  directive: Directive,
  application: string,
  report: Report,
): RelayTarget | undefined {
  const [address = "", ...parameters] = directive.args;
  const values = new Map(parameters.map(splitParameter));
  const url = urlOf(address, application, values);
  if (!isRelayUrl(url)) return void report.left(directive, "its URL is none that Headgate can reach");
  const stream = values.get("name");
  if (stream?.includes("*"))
    return void report.left(
      directive,
      'its stream has a "*" in its name, which stands for any characters in routes',
    );
  for (const name of values.keys()) if (!PLACES.has(name)) report.partly(directive, whyNot(name));
  return { directive, url, stream };
}

function splitParameter(parameter: string): [name: string, value: string] {
  const [name = "", value = "1"] = parameter.split(/=(.*)/s);
  return [name.toLowerCase(), value];
}

function whyNot(name: string): string {
  if (name === "static")
    return "static: the stream is fetched when the first viewer comes, and while there are any";
  if (/^[a-z]{1,20}$/.test(name)) return `${name}: Headgate does not send it`;
  return "it has a parameter that Headgate does not send";
}

/** The first level of the URL is the application, and what follows is the stream; without them, both are the same as here. */
function urlOf(address: string, application: string, values: ReadonlyMap<string, string>): string {
  const [, scheme = "rtmp://", host = "", path = ""] = /^(rtmps?:\/\/)?([^/]*)\/?(.*)$/is.exec(address) ?? [];
  const [first = "", rest = ""] = path.split(/\/(.*)/s);
  const app = values.get("app") ?? (first === "" ? application : first);
  const stream = values.get("playpath") ?? rest;
  return `${scheme}${host}/${app}${stream === "" ? "" : `/${stream}`}`;
}

interface Relays extends Output {
  readonly application: string;
  readonly pulls: readonly RelayTarget[];
  readonly pushes: readonly RelayTarget[];
}

/** Targets for one stream become a route, which has those for all streams as well: in Headgate a route replaces them. */
export function addRelays({ draft, application, pulls, pushes }: Relays): void {
  const base = ["applications", application];
  const append = (path: readonly (string | number)[], targets: readonly RelayTarget[]) => {
    for (const { directive, url } of targets) draft.append([directive], path, url);
  };
  append(
    [...base, "pull"],
    pulls.filter(({ stream }) => stream === undefined),
  );
  append(
    [...base, "push"],
    pushes.filter(({ stream }) => stream === undefined),
  );
  const named = [...pulls, ...pushes].filter(({ stream }) => stream !== undefined);
  const streams = [...new Set(named.map(({ stream }) => stream!))];
  for (const [index, stream] of streams.entries()) {
    const route = [...base, "routes", index];
    const isFor = (target: RelayTarget) => target.stream === undefined || target.stream === stream;
    draft.set(named.find((target) => target.stream === stream)?.directive, [...route, "streams"], stream);
    append([...route, "pull"], pulls.filter(isFor));
    append([...route, "push"], pushes.filter(isFor));
  }
}
