import { Command } from "commander";
import { check } from "./check.ts";
import { DEMO_APPLICATION, DEMO_STREAM } from "./demo.ts";
import { DEFAULT_CONFIG_NAME } from "./read-config.ts";
import { serve } from "./serve.ts";
import { VERSION } from "./version.ts";

/** `headgate serve`, `headgate check FILE` and what commander adds. */
export function commandLine(): Command {
  const program = new Command("headgate").description("A multi-transport RTMP gateway").version(VERSION);
  program
    .command("serve")
    .description("accept publishers and viewers until it is told to end")
    .option("-c, --config <file>", `configuration (default: ${DEFAULT_CONFIG_NAME} here, if there is one)`)
    .option("--demo", `publish a demo stream, ${DEMO_APPLICATION}/${DEMO_STREAM}`)
    .action(serve);
  program
    .command("check")
    .description("say whether a configuration can be used, and if not, why")
    .argument("<file>")
    .action(check);
  return program;
}
