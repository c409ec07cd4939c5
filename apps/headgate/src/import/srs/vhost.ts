import { find, include, isOff, isOn, nameOf } from "../directives.ts";
import type { Directive } from "../part.ts";
import { isRelayUrl } from "../relay-url.ts";
import { applyRules, each, left, needless, type Output, type Rule, type Rules } from "../rules.ts";
import { addHooks, HTTP_HOOKS, SECURITY, setWhoMay } from "./access.ts";
import { feature } from "./feature.ts";

interface VhostScope extends Output {
  /** The host name; undefined for the default vhost, which serves all others. */
  readonly host: string | undefined;
  readonly application: string;
  /** The block that is read: a part of the vhost, or the vhost itself. */
  readonly block: Directive;
}

const DEFAULT_VHOST = "__defaultVhost__";

/** A vhost becomes every application of its host: SRS knows applications only as names. */
export function importVhost(vhost: Directive, output: Output): void {
  const { draft, report } = output;
  const [name = DEFAULT_VHOST] = vhost.args;
  if (isOff(find(vhost.parts, "enabled"))) return report.needless(vhost, "it is off");
  const host = name === DEFAULT_VHOST ? undefined : name;
  const application = host === undefined ? "*" : `//${host}/*`;
  if (draft.has(["applications", application])) return report.left(vhost, "this vhost is there already");
  draft.set(vhost, ["applications", application], {});
  applyRules(vhost.parts, VHOST, nameOf, { ...output, host, application, block: vhost });
  const blocks = (name: string) => vhost.parts.filter((part) => part.name === name && isEnabled(part));
  setWhoMay(blocks("security"), application, output);
  addHooks(blocks("http_hooks"), host, application, output);
}

/** A block of which single directives are imported, if it is in use. */
function inside(
  rules: Rules<Directive, VhostScope>,
  isUsed: (block: Directive) => boolean,
): Rule<Directive, VhostScope> {
  return (block, scope) => {
    if (isUsed(block)) applyRules(block.parts, rules, nameOf, { ...scope, block });
    else scope.report.needless(block, "it is off");
  };
}

const isEnabled = (block: Directive) => isOn(find(block.parts, "enabled"));
const always = () => true;

const TIMESTAMPS = left("timestamps are passed on as the publisher sends them");
const MERGING = left("Headgate gathers writes by its load: see merge");
const READING = needless("Headgate reads what has arrived");
const PLAY: Rules<Directive, VhostScope> = {
  gop_cache: (directive, { draft, report, application }) => {
    if (isOff(directive)) draft.set(directive, ["applications", application, "gopCache"], "0s");
    else report.needless(directive, "Headgate does so without being asked: gopCache");
  },
  gop_cache_max_frames: left("gopCache and retentionSize bound what is kept, in time and bytes"),
  queue_length: (directive, scope) => importQueueLength(directive, scope),
  ...each("time_jitter mix_correct atc atc_auto", TIMESTAMPS),
  ...each("mw_latency mw_msgs send_min_interval", MERGING),
  reduce_sequence_header: left("a viewer gets the decoder configurations when they change"),
};

const VHOST: Rules<Directive, VhostScope> = {
  include,
  enabled: needless("the vhost is there"),
  play: inside(PLAY, always),
  // Where old versions of SRS had them.
  ...PLAY,
  publish: inside(
    {
      ...each("mr mr_latency", READING),
      ...each(
        "firstpkt_timeout normal_timeout",
        left("a silent publisher is asked: timeouts.pingInterval and timeouts.pingTimeout"),
      ),
      ...each("parse_sps try_annexb_first", needless("Headgate passes pictures on as they are")),
      kickoff_for_idle: left("a publisher without viewers stays"),
    },
    always,
  ),
  cluster: inside(
    {
      mode: (directive, { report }) =>
        report.partly(directive, "what is published here stays here, while SRS passes it to the origin"),
      origin: (directive, scope) => addServers(directive, "pull", scope),
      vhost: (directive, { report }) => report.needless(directive, "it is in the URLs of pull"),
      token_traverse: left("the origin is not asked about each client; proxy hands whole sessions to it"),
      ...each("origin_cluster coworkers", left("between machines, Headgate has pull and push")),
      protocol: left("Headgate pulls over RTMP"),
      ...each("debug_srs_upnode follow_client", left("Headgate does not do that when it pulls")),
    },
    (block) => find(block.parts, "mode")?.args[0] === "remote",
  ),
  forward: inside(
    {
      enabled: needless("the servers are in push"),
      destination: (directive, scope) => addServers(directive, "push", scope),
      backend: left("no backend is asked where to push"),
    },
    isEnabled,
  ),
  min_latency: (directive, { draft, report, host }) => {
    if (!isOn(directive)) report.needless(directive, "Headgate gathers writes by its load: see merge");
    else if (host === undefined) draft.set(directive, ["merge"], "latency");
    else report.left(directive, "merge: latency does the same for all streams");
  },
  tcp_nodelay: needless("Headgate's writes never wait for others"),
  ...each("chunk_size out_ack_size", left("there is one for all connections: chunkSize, ackWindow")),
  in_ack_size: left("Headgate acknowledges as the peer asks for it"),
  security: inside(SECURITY, isEnabled),
  http_hooks: inside(HTTP_HOOKS, isEnabled),
  refer: feature("Headgate does not ask from which page a player comes"),
  bandcheck: feature("Headgate does not measure bandwidth"),
  ...each("transcode exec ingest", left("Headgate runs no programs")),
  dvr: feature("set `record` of the application by hand (docs/recording.md)"),
  ...each(
    "hls hds dash http_remux http_static",
    feature("Headgate makes no HLS, no DASH and no HTTP-FLV yet"),
  ),
  ...each("rtc srt", feature("Headgate has no WebRTC and no SRT")),
};

/** Longer than this, a keyframe is not kept for viewers that come. */
const DEFAULT_GOP_CACHE_SECONDS = 12;

/** A cached keyframe cannot be older than what is kept. */
function importQueueLength(directive: Directive, { draft, report, application, block }: VhostScope): void {
  const [text = ""] = directive.args;
  if (!/^\d{1,6}$/.test(text)) return report.left(directive, "its value is none that it can have");
  draft.set(directive, ["applications", application, "retention"], `${text}s`);
  if (Number(text) < DEFAULT_GOP_CACHE_SECONDS && !isOff(find(block.parts, "gop_cache")))
    draft.set(undefined, ["applications", application, "gopCache"], `${text}s`);
}

/** Servers of SRS keep application, stream and vhost. */
function addServers(directive: Directive, key: "pull" | "push", scope: VhostScope): void {
  const { draft, report, application } = scope;
  const stream = streamFor(key, scope);
  for (const server of directive.args) {
    const url = `rtmp://${server}`;
    if (server.includes("/") || !isRelayUrl(url))
      report.partly(directive, "it has a server that is no HOST or HOST:PORT");
    else draft.append([directive], ["applications", application, key], `${url}/{app}/${stream}`);
  }
}

/** A vhost goes into the query, where SRS looks for it. */
function streamFor(key: "pull" | "push", { host = DEFAULT_VHOST, block }: VhostScope): string {
  const there = key === "pull" ? (find(block.parts, "vhost")?.args[0] ?? "[vhost]") : "[vhost]";
  const vhost = there.replaceAll("[vhost]", host);
  if (vhost !== DEFAULT_VHOST) return `{stream}?vhost=${encodeURIComponent(vhost)}`;
  return key === "pull" ? "{stream}" : "{key}";
}
