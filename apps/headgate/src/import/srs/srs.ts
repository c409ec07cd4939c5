import { dirname } from "node:path";
import { applicationDefault } from "../application-defaults.ts";
import { readBlockFile } from "../block-files.ts";
import { usableCertificate } from "../certificates.ts";
import { find, include, isOn, nameOf, number } from "../directives.ts";
import { listen, parseAddress, type WantedListener } from "../listeners.ts";
import type { Directive } from "../part.ts";
import { applyRules, becomes, each, left, needless, type Output, type Rule, type Rules } from "../rules.ts";
import { feature } from "./feature.ts";
import { importVhost } from "./vhost.ts";

const DEFAULT_RTMPS_PORT = 1443;

interface SrsScope extends Output {
  readonly file: string;
  readonly directives: readonly Directive[];
  readonly wanted: WantedListener[];
}

/** Imports a configuration of SRS. */
export function importSrs(file: string, output: Output): readonly Directive[] {
  const folder = dirname(file);
  // SRS is started beside the folder of its configurations, and names its files from there.
  const directives = readBlockFile(file, { folders: [".", dirname(folder), folder], opaque: new Set() });
  const scope: SrsScope = { ...output, file, directives, wanted: [] };
  applyRules(directives, MAIN, nameOf, scope);
  listen(output, scope.wanted);
  output.draft.isolateApplications(applicationDefault);
  return directives;
}

const SUPERVISION = needless("Headgate leaves this to whoever starts its process");

const listenTo: Rule<Directive, SrsScope> = (directive, { wanted, report }) => {
  for (const text of directive.args) {
    const address = parseAddress(text);
    if (!address) report.partly(directive, "it has an address that is none");
    else
      wanted.push({
        parts: [directive],
        host: address.host ?? "0.0.0.0",
        port: address.port,
        protocols: ["rtmp"],
      });
  }
};

/** The names that SRS has for levels, and ours. */
const LEVELS: Readonly<Record<string, string>> = {
  verbose: "trace",
  info: "debug",
  trace: "info",
  warn: "warn",
  error: "error",
};

const MAIN: Rules<Directive, SrsScope> = {
  include,
  listen: listenTo,
  rtmp: (block, scope) =>
    applyRules(block.parts, { listen: listenTo, chunk_size: becomes(["chunkSize"], number) }, nameOf, scope),
  rtmps: (block, scope) => importRtmps(block, scope),
  vhost: (vhost, scope) => importVhost(vhost, scope),
  chunk_size: becomes(["chunkSize"], number),
  max_connections: becomes(["limits", "maxConnections"], number),
  http_api: (block, scope) => {
    if (isOn(find(block.parts, "enabled"))) applyRules(block.parts, HTTP_API, nameOf, scope);
    else scope.report.needless(block, "it is off");
  },
  srs_log_level_v2: becomes(["log", "level"], ({ args: [level] }) => level),
  srs_log_level: (directive, { draft, report, directives }) => {
    const level = LEVELS[directive.args[0] ?? ""];
    if (find(directives, "srs_log_level_v2")) report.needless(directive, "srs_log_level_v2 counts");
    else if (level === undefined) report.left(directive, "Headgate has no such level");
    else draft.set(directive, ["log", "level"], level);
  },
  srs_log_tank: (directive, { report }) => {
    if (directive.args[0] === "console") report.needless(directive, "Headgate logs to its standard output");
    else report.left(directive, "Headgate logs to its standard output");
  },
  srs_log_file: left("Headgate logs to its standard output"),
  ...each("pid daemon work_dir asprocess in_docker disable_daemon_for_docker server_id is_full", SUPERVISION),
  ...each("utc_time pithy_print_ms", needless("Headgate's log has UTC, and no lines at intervals")),
  ...each("ff_log_dir ff_log_level", left("Headgate runs no programs")),
  ...each(
    "grace_start_wait grace_final_wait force_grace_quit",
    left("timeouts.close is the time that Headgate takes to end"),
  ),
  ...each("inotify_auto_reload auto_reload_for_docker", left("what a reload reaches differs")),
  ...each(
    "tcmalloc_release_rate query_latest_version first_wait_for_qlv threads",
    needless("it is about SRS itself"),
  ),
  empty_ip_ok: needless("an address cannot be missing"),
  circuit_breaker: left("Headgate serves by turns under load, and has limits"),
  http_server: feature("Headgate serves no files, no HTTP-FLV and no HLS yet"),
  exporter: feature("GET /metrics on the admin server is always there"),
  heartbeat: feature("Headgate does not report to a server"),
  stats: left("GET /metrics on the admin server has other figures"),
  ...each("tencentcloud_cls tencentcloud_apm", feature("Headgate does not report to a server")),
  srt_server: feature("Headgate has no SRT"),
  rtc_server: feature("Headgate has no WebRTC"),
  stream_caster: feature("Headgate takes RTMP only"),
};

const HTTP_API: Rules<Directive, SrsScope> = {
  enabled: needless("the admin server is always there"),
  listen: (directive, { draft, report }) => {
    const address = parseAddress(directive.args[0] ?? "");
    if (!address) return report.left(directive, "its address is none");
    draft.set(directive, ["admin", "port"], address.port);
    report.partly(
      directive,
      "the admin server answers on 127.0.0.1 only, unless admin.host and admin.tokens are set",
    );
  },
  auth: left("its users have tokens here: admin.tokens"),
  ...each("crossdomain raw_api https", left("the admin server has nothing like it")),
};

function importRtmps(block: Directive, { file, wanted, report }: SrsScope): void {
  const [enabled, listen, cert, key] = ["enabled", "listen", "cert", "key"].map((name) =>
    find(block.parts, name),
  );
  if (!isOn(enabled)) return report.needless(block, "it is off");
  const { host = "0.0.0.0", port = DEFAULT_RTMPS_PORT } = parseAddress(listen?.args[0] ?? "") ?? {};
  const [certFile, keyFile] = [cert, key].map((part) => ({ part, name: part?.args[0] ?? "" }));
  const certificate = usableCertificate(certFile!, keyFile!, file, report);
  const parts = [enabled, listen, ...(certificate ? [cert, key] : [])].filter((part) => part !== undefined);
  const tls = certificate ? { tls: { certificates: [certificate] } } : {};
  wanted.push({ parts, host, port, protocols: ["rtmps"], ...tls });
}
