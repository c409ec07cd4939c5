import { dirname } from "node:path";
import { formatSize } from "@headgate/config";
import { readBlockFile } from "../block-files.ts";
import { count, include, nameOf, number } from "../directives.ts";
import { listen, parseAddress, type WantedListener } from "../listeners.ts";
import type { Directive } from "../part.ts";
import { applyRules, becomes, each, left, needless, type Output, type Rules } from "../rules.ts";
import { importSessionHook } from "./access.ts";
import { ANYWHERE } from "./anywhere.ts";
import { importApplication, inheritable } from "./application.ts";
import { duration, parseSize } from "./units.ts";

/** Imports `rtmp { server { application { } } }` of nginx-rtmp-module. */
export function importNginxRtmp(file: string, output: Output): readonly Directive[] {
  const directives = readBlockFile(file, {
    folders: [dirname(file)],
    opaque: new Set(["http", "stream", "mail", "events"]),
  });
  applyRules(directives, MAIN, nameOf, output);
  return directives;
}

const OWN_PROCESS = "Headgate leaves this to whoever starts its process";

const MAIN: Rules<Directive> = {
  include,
  rtmp: (rtmp, output) => {
    const wanted: WantedListener[] = [];
    const scope = { ...output, wanted, rtmp, around: [] };
    applyRules(rtmp.parts, RTMP, nameOf, scope);
    listen(output, wanted);
  },
  worker_processes: becomes(["workers"], ({ args: [text] }) => (text === "auto" ? text : count(text))),
  rtmp_auto_push: needless("a stream that is published in one worker can be played in all"),
  ...each(
    "rtmp_auto_push_reconnect rtmp_socket_dir",
    needless("workers find each other's streams by themselves"),
  ),
  ...each(
    "user pid daemon master_process worker_rlimit_nofile worker_priority worker_cpu_affinity env pcre_jit " +
      "load_module events working_directory worker_rlimit_core worker_shutdown_timeout thread_pool timer_resolution",
    needless(OWN_PROCESS),
  ),
  error_log: left("Headgate logs to its standard output, with log.level"),
  http: left("Headgate is no web server; http.webServer names one for the requests on its ports"),
  ...each("stream mail", left("Headgate is no proxy for other protocols")),
};

/** What a directive within `rtmp` can reach. */
interface RtmpScope extends Output {
  readonly wanted: WantedListener[];
  readonly rtmp: Directive;
  /** What applications may inherit, the nearest block first. */
  readonly around: readonly (readonly Directive[])[];
}

const size = ({ args: [text] }: Directive) => {
  const bytes = parseSize(text);
  return bytes === undefined ? undefined : formatSize(bytes);
};

/** One for all in Headgate. */
const CONNECTIONS: Rules<Directive, RtmpScope> = {
  include,
  chunk_size: becomes(["chunkSize"], number),
  ack_window: becomes(["ackWindow"], number),
  max_message: becomes(["limits", "maxMessageBytes"], size),
  max_streams: becomes(["limits", "maxNetStreams"], number),
  max_connections: becomes(["limits", "maxConnections"], number),
  ping: becomes(["timeouts", "pingInterval"], duration),
  ping_timeout: becomes(["timeouts", "pingTimeout"], duration),
  timeout: becomes(["timeouts", "stall"], duration),
  ...each(
    "out_queue out_cork",
    needless("Headgate queues nothing per viewer: see retention and retentionSize"),
  ),
  ...each("so_keepalive busy buflen", needless("Headgate asks silent peers itself: timeouts.pingInterval")),
  ...each("play_time_fix publish_time_fix", needless("Headgate always makes timestamps fit")),
  ...each("on_connect on_disconnect", importSessionHook),
  ...ANYWHERE,
};

const RTMP: Rules<Directive, RtmpScope> = {
  ...CONNECTIONS,
  server: (server, scope) => {
    const around = [inheritable(server.parts), inheritable(scope.rtmp.parts)];
    applyRules(server.parts, SERVER, nameOf, { ...scope, around });
  },
};

const SERVER: Rules<Directive, RtmpScope> = {
  ...CONNECTIONS,
  listen: (directive, { wanted, report }) => {
    const address = parseAddress(directive.args[0] ?? "");
    if (!address) return report.left(directive, "Headgate listens on TCP ports only");
    const { host = "0.0.0.0", port } = address;
    wanted.push({ parts: [directive], host, port, protocols: ["rtmp"] });
    if (directive.args.includes("proxy_protocol"))
      report.partly(directive, "proxy_protocol: name the load balancers in trustedProxies");
  },
  application: (application, scope) => importApplication(application, scope.around, scope),
};
