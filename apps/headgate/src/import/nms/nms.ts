import { setFirstMatch } from "../addresses.ts";
import { usableCertificate } from "../certificates.ts";
import { listen, type WantedListener } from "../listeners.ts";
import { ImportError, type Setting } from "../part.ts";
import { applyRules, becomes, each, left, needless, type Output, type Rules } from "../rules.ts";
import { find, flag, isEmpty, keyOf, readSettings, text } from "../settings.ts";
import { importTasks } from "./relay-tasks.ts";

interface NmsScope extends Output {
  readonly file: string;
  readonly bind: Setting | undefined;
  readonly wanted: WantedListener[];
}

/** Imports the configuration of Node-Media-Server, version 2 or 4, from a JSON file. */
export function importNms(file: string, output: Output): readonly Setting[] {
  const settings = readSettings(file);
  const bind = find(settings, "bind");
  const scope: NmsScope = { ...output, file, bind, wanted: [] };
  // Node-Media-Server serves every application.
  output.draft.set(undefined, ["applications", "*"], {});
  setFirstMatch([], "*", output);
  applyRules(settings, MAIN, keyOf, scope);
  if (scope.wanted.length === 0) throw new ImportError(file, "neither rtmp nor rtmps has a port");
  listen(output, scope.wanted);
  return settings;
}

const LEVELS = ["fatal", "error", "info", "debug", "debug"];

const MAIN: Rules<Setting, NmsScope> = {
  bind: () => {},
  rtmp: (block, scope) => {
    addListener(block, "rtmp", scope);
    applyRules(block.parts, RTMP, keyOf, scope);
  },
  rtmps: (block, scope) => addListener(block, "rtmps", scope),
  logType: becomes(["log", "level"], ({ value }) => LEVELS[Number(value)]),
  cluster: (block, scope) =>
    applyRules(block.parts, { num: becomes(["workers"], ({ value }) => value) }, keyOf, scope),
  auth: importAuth,
  notify: unlessEmpty("its requests are of no dialect that hooks have"),
  ...each("http https static", left("Headgate serves no files and no HTTP-FLV yet")),
  record: unlessEmpty("set `record` of the application by hand (docs/recording.md)"),
  ...each("trans fission", left("Headgate runs no programs")),
  relay: (block, scope) =>
    applyRules(
      block.parts,
      {
        ffmpeg: needless("Headgate relays by itself"),
        tasks: (tasks) => importTasks(tasks, scope),
        update_interval: needless("tasks do not change"),
      },
      keyOf,
      scope,
    ),
};

/** With a secret, URLs are signed. */
function importAuth(block: Setting, { draft, report }: NmsScope): void {
  const secret = find(block.parts, "secret");
  const uses = ["publish", "play"].filter((key) => flag(find(block.parts, key)) === true);
  for (const use of uses) {
    const base = ["applications", "*", use, "signedUrl"];
    const otherwise = draft.closing("*", use);
    draft.set(find(block.parts, use), [...base, "preset"], "nms", otherwise);
    draft.set(secret, [...base, "secret"], text(secret) ?? "", otherwise);
  }
  for (const setting of block.parts) {
    if (uses.includes(setting.key) || (setting === secret && uses.length > 0)) continue;
    if (setting === secret || isEmpty(setting) || flag(setting) === false)
      report.needless(setting, "it is not in use");
    else report.left(setting, "its users have tokens here: admin.tokens");
  }
}

function unlessEmpty(why: string): Rules<Setting>[string] {
  return (setting, { report }) => {
    const isUsed = setting.parts.some((part) => !isEmpty(part));
    if (isUsed) report.left(setting, why);
    else report.needless(setting, "it is empty");
  };
}

/** Of version 2, except for the port. */
const RTMP: Rules<Setting, NmsScope> = {
  port: () => {},
  chunk_size: becomes(["chunkSize"], ({ value }) => value),
  gop_cache: (setting, { draft, report }) => {
    if (flag(setting) === false) draft.set(setting, ["applications", "*", "gopCache"], "0s");
    else report.needless(setting, "Headgate does so without being asked: gopCache");
  },
  ping: becomes(["timeouts", "pingInterval"], seconds),
  ping_timeout: becomes(["timeouts", "pingTimeout"], seconds),
  ssl: (block, scope) => addListener(block, "rtmps", scope),
};

function seconds({ value }: Setting): string | undefined {
  return typeof value === "number" ? `${value}s` : undefined;
}

function addListener(
  block: Setting,
  protocol: "rtmp" | "rtmps",
  { file, bind, wanted, report }: NmsScope,
): void {
  const port = find(block.parts, "port");
  if (!port || isEmpty(port) || port.value === 0) return;
  const [cert, key] = ["cert", "key"].map((name) => find(block.parts, name));
  const [certFile, keyFile] = [cert, key].map((part) => ({ part, name: text(part) ?? "" }));
  const certificate = protocol === "rtmps" ? usableCertificate(certFile!, keyFile!, file, report) : undefined;
  const parts = [bind, port, ...(certificate ? [cert, key] : [])].filter((part) => part !== undefined);
  const tls = certificate ? { tls: { certificates: [certificate] } } : {};
  wanted.push({ parts, host: text(bind) ?? "::", port: Number(port.value), protocols: [protocol], ...tls });
}
