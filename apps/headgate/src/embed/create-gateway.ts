import { LogTail } from "@headgate/api";
import type { DestinationStream } from "pino";
import { type Config, configMistakes, loadConfig } from "../config/load-config.ts";
import { createLog } from "../log.ts";
import { type LogOutput, standardOutput } from "../log-output.ts";
import { availableMemory } from "../process-limits.ts";
import { MAX_CONFIG_BYTES } from "../read-config.ts";
import { EmbeddedGateway } from "./embedded-gateway.ts";
import type { Gateway, GatewayOptions } from "./gateway.ts";
import type { GatewayConfig } from "./gateway-config.ts";
import { GatewayError } from "./gateway-error.ts";

/**
 * Makes a gateway that does not listen yet. The configuration has the keys of the configuration file; variables of the
 * environment do not count. Rejects with a GatewayError that says all that is wrong with it.
 */
export async function createGateway(
  config: GatewayConfig = {},
  { log }: GatewayOptions = {},
): Promise<Gateway> {
  const checked = checkedConfig(config);
  const output = log ? outputTo(log) : standardOutput();
  const reader = { isTerminal: process.stdout.isTTY === true && !log, hasColours: false };
  const tail = new LogTail();
  return new EmbeddedGateway(checked, createLog(checked.log, reader, output, tail), { output, tail });
}

function checkedConfig(written: GatewayConfig): Config {
  const content = JSON.stringify(written);
  if (content.length > MAX_CONFIG_BYTES)
    throw new GatewayError([`the configuration is longer than ${MAX_CONFIG_BYTES} characters`]);
  const mistakes = configMistakes(content);
  if (mistakes.length > 0)
    throw new GatewayError(mistakes.map(({ path, sentence }) => `/${path.join("/")}: ${sentence}`));
  const { config, problems } = loadConfig({ name: "configuration", content }, {}, availableMemory());
  if (!config) throw new GatewayError(problems);
  if (config.workers === 1) return config;
  throw new GatewayError(["/workers: must be 1, because the gateway runs in the process of the program"]);
}

type Output = DestinationStream & Pick<LogOutput, "droppedLines">;

function outputTo(log: (line: string) => void): Output {
  return { write: log, droppedLines: 0 };
}
