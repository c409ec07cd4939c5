import type { Config } from "./config/load-config.ts";
import { hostInUrl } from "./local-address.ts";
import { printableLines } from "./printable.ts";
import { readConfig } from "./read-config.ts";
import { mistakes, reportProblems } from "./report-problems.ts";

/** Prints whether a configuration file can be used, with HEADGATE_ variables applied. Changes nothing. */
export function check(file: string): void {
  const { config, problems } = readConfig(file);
  if (config === undefined) reportProblems(problems, `${file} cannot be used: ${mistakes(problems.length)}.`);
  else process.stdout.write(printableLines(`${file}: OK\n${summary(config)}`));
}

function summary({ listeners, admin, gateway: { applications } }: Config): string {
  const addresses = listeners.map(({ host, port }) => `${hostInUrl(host)}:${port}`);
  const others = applications.has("*") ? [] : ["(no other)"];
  const names = [...applications.keys()].map((name) => (name === "*" ? "* (every other)" : name));
  return [
    `  listeners     ${addresses.join(", ")}`,
    `  admin         http://${hostInUrl(admin.host)}:${admin.port}`,
    `  applications  ${[...names, ...others].join(", ")}`,
    "",
  ].join("\n");
}
