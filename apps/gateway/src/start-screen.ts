import type { Config } from "./config/load-config.ts";
import type { ListenerOptions } from "./config/schema.ts";
import { DEMO_APPLICATION, DEMO_STREAM } from "./demo.ts";
import { hostInUrl, reachableHost } from "./local-address.ts";
import { VERSION } from "./version.ts";

export interface StartScreenOptions {
  readonly config: Config;
  /** Where the configuration is from; undefined for the defaults. */
  readonly configName: string | undefined;
  /** The host to put in URLs, where the first listener's address does not say it. */
  readonly host?: string;
  readonly hasDemo: boolean;
  readonly hasColours: boolean;
}

/** All that somebody needs for a first stream, on one screen. */
export function startScreen({ config, configName, host, hasDemo, hasColours }: StartScreenOptions): string {
  const bold = hasColours ? (text: string) => `\u001b[1m${text}\u001b[22m` : (text: string) => text;
  const faint = hasColours ? (text: string) => `\u001b[2m${text}\u001b[22m` : (text: string) => text;
  const listener = config.listeners[0]!;
  const server = rtmpUrl(host ?? reachableHost(listener.host), listener.port);
  const application = `${server}/${exampleApplication(config)}`;
  const { admin, listeners } = config;
  return `
  ${bold(`Headgate ${VERSION}`)} listens on ${listeners.map(addressOf).join(", ")}

${
  hasDemo ? `  ${bold("See the demo")}       ffplay ${server}/${DEMO_APPLICATION}/${DEMO_STREAM}\n\n` : ""
}  ${bold("Publish: ffmpeg")}    ffmpeg -re -i input.mp4 -c copy -f flv ${application}/stream
  ${bold("Publish: OBS")}       Settings > Stream, Service: Custom...
                     Server      ${application}
                     Stream Key  stream
  ${bold("Watch")}              ffplay ${application}/stream
                     VLC: Media > Open Network Stream: ${application}/stream

  ${faint(`Health         http://${hostInUrl(admin.host)}:${admin.port}/healthz`)}
  ${faint(`Configuration  ${configName ?? "defaults (put a headgate.yaml here, or --config FILE)"}`)}
  ${faint("Ctrl-C ends it.")}

`;
}

/** RTMP's own port is never written. */
function rtmpUrl(host: string, port: number): string {
  return port === 1935 ? `rtmp://${host}` : `rtmp://${host}:${port}`;
}

function addressOf({ host, port }: ListenerOptions): string {
  return host === "::" || host === "0.0.0.0" ? `port ${port}` : `${hostInUrl(host)}:${port}`;
}

/** `live`, as everywhere, unless the configuration would refuse it. */
function exampleApplication({ gateway: { applications } }: Config): string {
  if (applications.has("live") || applications.has("*")) return "live";
  return [...applications.keys()][0]!;
}
