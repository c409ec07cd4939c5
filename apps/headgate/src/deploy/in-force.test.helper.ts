import { fileURLToPath } from "node:url";
import { loadConfig } from "../config/load-config.ts";
import { findingsIn } from "../config-findings.ts";

/** The top of the repository. */
export const ROOT: string = fileURLToPath(new URL("../../../../", import.meta.url));

interface InForce {
  /** Mistakes and warnings. */
  readonly problems: readonly string[];
  readonly ports: readonly number[];
  /** How long the server may take to end, with the time to drain. */
  readonly endMs: number;
}

/** What follows from a configuration. */
export function inForce(yaml: string): InForce {
  const { config, problems } = loadConfig({ name: "headgate.yaml", content: yaml }, {});
  if (!config) return { problems, ports: [], endMs: 0 };
  const { mistakes, warnings } = findingsIn(config);
  const ports = config.listeners.map(({ port }) => port);
  const { drain, timeouts } = config.gateway;
  return { problems: [...mistakes, ...warnings], ports, endMs: drain.timeoutMs + timeouts.closeMs };
}
