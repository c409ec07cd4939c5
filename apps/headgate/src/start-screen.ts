import { type Decider, holdersIn, Networks, type PublishRules, rulesOf } from "@headgate/access";
import { adminUrl } from "./admin-url.ts";
import type { BoundListener } from "./bind-listener.ts";
import type { Config } from "./config/load-config.ts";
import { deciderOf } from "./create-access.ts";
import { DEMO_APPLICATION, DEMO_STREAM } from "./known-names.ts";
import { hostInUrl, reachableHost } from "./local-address.ts";
import { printable } from "./printable.ts";
import { VERSION } from "./version.ts";

export interface StartScreenOptions {
  readonly config: Config;
  /** The listeners; the first is used in examples. */
  readonly listeners: readonly BoundListener[];
  /** The configuration file; undefined for the defaults. */
  readonly configName: string | undefined;
  /** The host for URLs, if the first listener's address is every address. */
  readonly host?: string;
  readonly hasDemo: boolean;
  readonly hasColours: boolean;
}

/** Everything needed for a first stream, on one screen. */
export function startScreen(options: StartScreenOptions): string {
  const { config, configName, listeners, hasDemo, hasColours } = options;
  const bold = hasColours ? (text: string) => `\u001b[1m${text}\u001b[22m` : (text: string) => text;
  const faint = hasColours ? (text: string) => `\u001b[2m${text}\u001b[22m` : (text: string) => text;
  const listener = listeners[0]!;
  const host = options.host ?? reachableHost(listener.host);
  const server = urlOf(
    listener.hasTls && !listener.protocols.includes("rtmp") ? "rtmps" : "rtmp",
    host,
    listener.port,
  );
  const example = exampleApplication(config);
  const name = printable(example);
  const application = `${server}/${name}`;
  const { publish, decider } = publishing(config, example);
  const stream = publish.asksFor.includes("key") ? "stream?key=KEY" : "stream";
  const secure = secureListener(listeners);
  const encrypted = secure && `${urlOf("rtmps", host, secure.port)}/${name}/stream`;
  const { admin } = config;
  return `
  ${bold(`Headgate ${VERSION}`)} listens on ${listeners.map(addressOf).join(", ")}

${
  hasDemo ? `  ${bold("See the demo")}       ffplay ${server}/${DEMO_APPLICATION}/${DEMO_STREAM}\n\n` : ""
}  ${bold("Publish: ffmpeg")}    ffmpeg -re -i input.mp4 -c copy -f flv ${application}/${stream}
  ${bold("Publish: OBS")}       Settings > Stream, Service: Custom...
                     Server      ${application}
                     Stream Key  ${stream}
  ${bold("Who may publish")}    ${decider === "origin" ? "the server behind decides" : holdersIn(publish)}${openHint(publish)}
  ${bold("Watch")}              ffplay ${application}/stream
                     VLC: Media > Open Network Stream: ${application}/stream
${encrypted === undefined ? "" : `  ${bold("Encrypted")}          ${encrypted}\n`}
  ${faint(`Console        ${adminUrl(admin)}/`)}
  ${faint(`Health         ${adminUrl(admin)}/healthz`)}
  ${faint(`Configuration  ${printable(configName ?? "defaults (put a headgate.yaml here, or --config FILE)")}`)}
  ${faint(`Memory         ${memoryText(config)}`)}
  ${faint("Ctrl-C ends it.")}

`;
}

/** Who may publish to the application of the examples. */
function publishing(
  { access, gateway: { applications } }: Config,
  name: string,
): { readonly publish: PublishRules; readonly decider: Decider } {
  const application = applications.get(name) ?? applications.get("*")!;
  const decider = deciderOf(access, application);
  return { publish: rulesOf(application, access, decider).publish, decider };
}

function openHint({ allow }: PublishRules): string {
  return allow === Networks.PRIVATE
    ? "\n                     (everybody: --open, or publish.allow: all)"
    : "";
}

function memoryText({ gateway: { limits } }: Config): string {
  return `${inMebibytes(limits.maxLogBytes)} for media, ${inMebibytes(limits.maxInputBytes)} for unfinished messages`;
}

function inMebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}

/** The default port of a scheme is left out. */
function urlOf(protocol: "rtmp" | "rtmps", host: string, port: number): string {
  const ownPort = protocol === "rtmp" ? 1935 : 443;
  return port === ownPort ? `${protocol}://${host}` : `${protocol}://${host}:${port}`;
}

/** RTMPS on its default port, or else on any port that accepts it. */
function secureListener(listeners: readonly BoundListener[]): BoundListener | undefined {
  const secure = listeners.filter(({ hasTls, protocols }) => hasTls && protocols.includes("rtmps"));
  return secure.find(({ port, insteadOf }) => (insteadOf?.port ?? port) === 443) ?? secure[0];
}

function addressOf({ host, port, insteadOf }: BoundListener): string {
  const address = host === "::" || host === "0.0.0.0" ? `port ${port}` : `${hostInUrl(host)}:${port}`;
  return insteadOf === undefined ? address : `${address} (${insteadOf.port} is ${insteadOf.reason})`;
}

/** `live`, unless the configuration would refuse it. */
function exampleApplication({ gateway: { applications } }: Config): string {
  if (applications.has("live") || applications.has("*")) return "live";
  return [...applications.keys()][0]!;
}
