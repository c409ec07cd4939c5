import { Command } from "commander";
import { certsInit } from "./certs-init.ts";
import { check } from "./check.ts";
import { DEMO_APPLICATION, DEMO_STREAM } from "./demo.ts";
import { CERTIFICATES_FOLDER } from "./development-certificate.ts";
import { DEFAULT_CONFIG_NAME } from "./read-config.ts";
import { serve } from "./serve.ts";
import { swf } from "./swf.ts";
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
  program
    .command("certs")
    .description("certificates for development")
    .command("init")
    .description("make an authority, if there is none yet, and a certificate for this machine")
    .argument("[names...]", "DNS names and IP addresses (default: those this machine has)")
    .option("-f, --folder <folder>", "where they are kept", CERTIFICATES_FOLDER)
    .action(certsInit);
  program
    .command("swf")
    .description("what swfVerification in the configuration needs to know of players")
    .argument("<files...>")
    .action(swf);
  return program;
}
