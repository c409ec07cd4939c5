import { adminUrl } from "./admin-url.ts";
import { checkLive } from "./check-live.ts";
import type { Config } from "./config/load-config.ts";
import { shownConfig } from "./config/shown-config.ts";
import { findingsIn } from "./config-findings.ts";
import { hostInUrl } from "./local-address.ts";
import { printableLines } from "./printable.ts";
import { DEFAULTS_NAME, readConfig } from "./read-config.ts";
import { mistakes, reportProblems } from "./report-problems.ts";
import { unusableHosts } from "./unusable-hosts.ts";

export interface CheckOptions {
  readonly json?: boolean;
  /** Ask the server that runs with the configuration. */
  readonly live?: boolean;
}

/** Prints whether `serve` can use a configuration, with HEADGATE_ variables applied, and what is in force. Changes nothing. */
export async function check(
  file: string | undefined,
  { json = false, live = false }: CheckOptions,
): Promise<void> {
  const { config, problems: formProblems, from } = readConfig(file);
  if (config && live) return checkLive(config.admin);
  const name = from ?? file ?? DEFAULTS_NAME;
  const findings = config && findingsIn(config);
  const problems = config ? [...findings!.mistakes, ...(await unusableHosts(config))] : formProblems;
  const warnings = findings?.warnings ?? [];
  if (json) {
    const inForce = config && shownConfig(config);
    return printJson({ file: name, ok: problems.length === 0, problems, warnings, config: inForce });
  }
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
    `  admin         ${adminUrl(admin)}`,
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
  process.stdout.write(`${printableLines(JSON.stringify(report, null, 2))}\n`);
  if (!report.ok) process.exitCode = 1;
}
