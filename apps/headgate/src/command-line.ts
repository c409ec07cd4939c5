import { withRunOptions } from "@headgate/load";
import { Command, InvalidArgumentError } from "commander";
import { certsInit } from "./certs-init.ts";
import { check } from "./check.ts";
import { DEMO_APPLICATION, DEMO_STREAM } from "./demo.ts";
import { CERTIFICATES_FOLDER } from "./development-certificate.ts";
import { DEFAULT_CONFIG_NAME } from "./read-config.ts";
import { serve } from "./serve.ts";
import { swf } from "./swf.ts";
import { bench } from "./tools/bench.ts";
import { play } from "./tools/play.ts";
import { probe } from "./tools/probe.ts";
import { publish } from "./tools/publish.ts";
import { VERSION } from "./version.ts";

/** All commands. */
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
  toServers(
    program
      .command("play")
      .description("play a stream and write it down as FLV")
      .argument("<url>", URL_DESCRIPTION)
      .requiredOption("-o, --output <file>", "where to; - is the standard output")
      .option("-t, --seconds <seconds>", "how long", positive),
  ).action(play);
  toServers(
    program
      .command("publish")
      .description("publish an FLV file, as fast as it plays")
      .argument("<file>")
      .argument("<url>", URL_DESCRIPTION)
      .option("--loop", "over and over, as one stream"),
  ).action(publish);
  toServers(
    program
      .command("probe")
      .description("say how a server answers, step by step, and what a stream is made of")
      .argument("<url>", URL_DESCRIPTION)
      .option("-t, --seconds <seconds>", "how long to look at the stream", positive, 5)
      .option("--json", "for machines"),
  ).action(probe);
  withRunOptions(program.command("bench")).action(bench);
  return program;
}

const URL_DESCRIPTION = "rtmp://HOST[:PORT]/APPLICATION/STREAM, or rtmps, rtmpt, rtmpts, rtmpe, rtmpte";

/** What all have in common that connect to a server. */
function toServers(command: Command): Command {
  return command
    .option("--ca <file>", "authorities whose certificates are trusted, in place of the usual ones")
    .option("--insecure", "trust any certificate");
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError("It must be a number greater than 0.");
  return number;
}
