import { RtmpUrl } from "@headgate/session";
import type { Config } from "./config/load-config.ts";
import { findingsIn } from "./config-findings.ts";
import { hostInUrl } from "./local-address.ts";
import { printableLines } from "./printable.ts";
import { DEFAULTS_NAME, readConfig } from "./read-config.ts";
import { mistakes, reportProblems } from "./report-problems.ts";
import { unusableHosts } from "./unusable-hosts.ts";

export interface CheckOptions {
  readonly json?: boolean;
}

/** Prints whether `serve` can use a configuration, with HEADGATE_ variables applied, and what is in force. Changes nothing. */
export async function check(file: string | undefined, { json = false }: CheckOptions): Promise<void> {
  const { config, problems: formProblems, from } = readConfig(file);
  const name = from ?? file ?? DEFAULTS_NAME;
  const findings = config && findingsIn(config);
  const problems = config ? [...findings!.mistakes, ...(await unusableHosts(config))] : formProblems;
  const warnings = findings?.warnings ?? [];
  if (json) return printJson({ file: name, ok: problems.length === 0, problems, warnings, config });
  if (config === undefined || problems.length > 0)
    return reportProblems(problems, `${name} cannot be used: ${mistakes(problems.length)}.`);
  process.stdout.write(printableLines(`${name}: OK\n${warnings.map(asWarning).join("")}${summary(config)}`));
}

function asWarning(text: string): string {
  return `  warning: ${text}\n`;
}

function summary({ listeners, admin, workers, log, gateway: { applications, limits } }: Config): string {
  const addresses = listeners.map(
    ({ host, port, protocols }) => `${hostInUrl(host)}:${port} (${protocols.join(", ")})`,
  );
  const others = applications.has("*") ? [] : ["(no other)"];
  const names = [...applications.keys()].map((name) => (name === "*" ? "* (every other)" : name));
  return [
    `  listeners     ${addresses.join("\n                ")}`,
    `  admin         http://${hostInUrl(admin.host)}:${admin.port}`,
    `  applications  ${[...names, ...others].join(", ")}`,
    ...[...applications].flatMap(([name, application]) => relaysOf(name, application)),
    `  workers       ${workers}`,
    `  log           ${log.level}`,
    `  connections   ${limits.maxConnections} at most, ${limits.maxConnectionsPerAddress} from one address`,
    "  --json prints every value in force.",
    "",
  ].join("\n");
}

type Application = Config["gateway"]["applications"] extends ReadonlyMap<string, infer Value> ? Value : never;

function relaysOf(name: string, { pull, push, proxy }: Application): readonly string[] {
  const ways =
    proxy === undefined
      ? [...pull.map((url) => `pulls from ${url}`), ...push.map((url) => `pushes to ${url}`)]
      : [`is passed on to ${proxy}`];
  return ways.map((way) => `                ${name} ${way}`);
}

function printJson(report: { readonly ok: boolean; readonly [key: string]: unknown }): void {
  process.stdout.write(`${printableLines(JSON.stringify(report, readable, 2))}\n`);
  if (!report.ok) process.exitCode = 1;
}

/** URLs are shown as in logs: without users and queries. */
function readable(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof RtmpUrl) return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}
