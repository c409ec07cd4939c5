import { withRunOptions } from "@headgate/load";
import { Command, InvalidArgumentError } from "commander";
import { certsInit } from "./certs-init.ts";
import { check } from "./check.ts";
import { DEMO_APPLICATION, DEMO_STREAM } from "./demo.ts";
import { CERTIFICATES_FOLDER } from "./development-certificate.ts";
import { DEFAULT_CONFIG_NAMES } from "./read-config.ts";
import { serve } from "./serve.ts";
import { swf } from "./swf.ts";
import { bench } from "./tools/bench.ts";
import { play } from "./tools/play.ts";
import { probe } from "./tools/probe.ts";
import { publish } from "./tools/publish.ts";
import { VERSION } from "./version.ts";

/** All commands. */
export function commandLine(): Command {
  const defaultFile = `default: ${DEFAULT_CONFIG_NAMES.join(" or ")} here, if there is one`;
  const program = new Command("headgate").description("A multi-transport RTMP gateway").version(VERSION);
  program
    .command("serve")
    .description("run the gateway until a signal ends it")
    .option("-c, --config <file>", `configuration (${defaultFile})`)
    .option("--demo", `publish a demo stream, ${DEMO_APPLICATION}/${DEMO_STREAM}`)
    .action(serve);
  program
    .command("check")
    .description("check whether a configuration can be used, and if not, why")
    .argument("[file]", `configuration (${defaultFile})`)
    .option("--json", "print JSON, with every value in force")
    .action(check);
  program
    .command("certs")
    .description("certificates for development")
    .command("init")
    .description("make a certificate for this machine, and an authority if there is none yet")
    .argument("[names...]", "DNS names and IP addresses (default: those of this machine)")
    .option("-f, --folder <folder>", "the folder for the certificates", CERTIFICATES_FOLDER)
    .action(certsInit);
  program
    .command("swf")
    .description("print the lines that swfVerification in the configuration needs")
    .argument("<files...>")
    .action(swf);
  toServers(
    program
      .command("play")
      .description("play a stream and record it as FLV")
      .argument("<url>", URL_DESCRIPTION)
      .requiredOption("-o, --output <file>", "the file to write; - is the standard output")
      .option("-t, --seconds <seconds>", "how long to play", positive),
  ).action(play);
  toServers(
    program
      .command("publish")
      .description("publish an FLV file in real time")
      .argument("<file>", "the FLV file; - is the standard input")
      .argument("<url>", URL_DESCRIPTION)
      .option("--loop", "repeat the file, as one stream"),
  ).action(publish);
  toServers(
    program
      .command("probe")
      .description("show how a server answers, step by step, and what a stream contains")
      .argument("<url>", URL_DESCRIPTION)
      .option("-t, --seconds <seconds>", "how long to watch the stream", positive, 5)
      .option("--json", "print JSON"),
  ).action(probe);
  withRunOptions(program.command("bench")).action(bench);
  return program;
}

const URL_DESCRIPTION = "rtmp://HOST[:PORT]/APPLICATION/STREAM, or rtmps, rtmpt, rtmpts, rtmpe, rtmpte";

/** Options of all commands that connect to a server. */
function toServers(command: Command): Command {
  return command
    .option("--ca <file>", "trust the authorities in this PEM file instead of the usual ones")
    .option("--insecure", "accept any certificate");
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError("It must be a number greater than 0.");
  return number;
}
