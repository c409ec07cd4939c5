import { HOUR, parseDuration } from "@headgate/config/units";
import { withRunOptions } from "@headgate/load/options";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import {
  CERTIFICATES_FOLDER,
  DEFAULT_CONFIG_NAMES,
  DEMO_APPLICATION,
  DEMO_STREAM,
  IMPORTED_SERVERS,
  TOKEN_VARIABLE,
} from "./known-names.ts";
import { VERSION } from "./version.ts";

const DEFAULT_FILE = `default: ${DEFAULT_CONFIG_NAMES.join(" or ")} here, if there is one`;

/** All commands. */
export function commandLine(): Command {
  const program = new Command("headgate").description("A multi-transport RTMP gateway").version(VERSION);
  program
    .command("serve")
    .description("run the gateway until a signal ends it")
    .option("-c, --config <file>", `configuration (${DEFAULT_FILE})`)
    .option("--demo", `publish a demo stream, ${DEMO_APPLICATION}/${DEMO_STREAM}`)
    .option("--open", "let everybody publish where the configuration does not say who may")
    .action(whenGiven(async () => (await import("./serve.ts")).serve));
  program
    .command("check")
    .description("check whether a configuration can be used, and if not, why")
    .argument("[file]", `configuration (${DEFAULT_FILE})`)
    .option("--json", "print JSON, with every value in force")
    .option("--live", "ask the server that runs with it whether it takes clients")
    .action(whenGiven(async () => (await import("./check.ts")).check));
  toRunningServer(
    program
      .command("reload")
      .description("ask the running server to read its configuration again, and print what has changed"),
  ).action(whenGiven(async () => (await import("./reload.ts")).reload));
  toRunningServer(
    program.command("drain").description("ask the running server to hand over its sessions and to end"),
  ).action(whenGiven(async () => (await import("./drain.ts")).drain));
  program
    .command("config")
    .description("configurations of other servers")
    .command("import")
    .description("print a configuration made from another server's, and what has become of each part of that")
    .addArgument(new Argument("<server>", "the server that it is for").choices(IMPORTED_SERVERS))
    .argument("<file>", "its configuration")
    .action(whenGiven(async () => (await import("./import/import-config.ts")).importConfig));
  program
    .command("certs")
    .description("certificates for development")
    .command("init")
    .description("make a certificate for this machine, and an authority if there is none yet")
    .argument("[names...]", "DNS names and IP addresses (default: those of this machine)")
    .option("-f, --folder <folder>", "the folder for the certificates", CERTIFICATES_FOLDER)
    .action(whenGiven(async () => (await import("./certs-init.ts")).certsInit));
  program
    .command("swf")
    .description("print the lines that swfVerification in the configuration needs")
    .argument("<files...>")
    .action(whenGiven(async () => (await import("./swf.ts")).swf));
  program
    .command("token")
    .description("make a token for the admin server, and print it with its line for the configuration")
    .argument("[name]", "whose it is, for the log", "ops")
    .action(whenGiven(async () => (await import("./token.ts")).token));
  program
    .command("key")
    .description("print a new key for publishers or players, and its line for the configuration")
    .argument("[name]", "who gets it, for `keys` and the log")
    .option("-u, --user <name>", "a password for this user instead")
    .action(whenGiven(async () => (await import("./key.ts")).key));
  program
    .command("sign")
    .description("print a URL that is signed as `signedUrl` in the configuration asks for")
    .argument("<url>", URL_DESCRIPTION)
    .option("-c, --config <file>", `configuration (${DEFAULT_FILE})`)
    .addOption(new Option("--for <request>", "what it lets do").choices(["publish", "play"]))
    .option("--valid <duration>", "how long, such as 30m", milliseconds, HOUR)
    .option("--address <address>", "only for a client with this address, if the signature has one")
    .action(whenGiven(async () => (await import("./sign.ts")).sign));
  toServers(
    program
      .command("play")
      .description("play a stream and record it as FLV")
      .argument("<url>", URL_DESCRIPTION)
      .requiredOption("-o, --output <file>", "the file to write; - is the standard output")
      .option("-t, --seconds <seconds>", "how long to play", positive),
  ).action(whenGiven(async () => (await import("./tools/play.ts")).play));
  toServers(
    program
      .command("publish")
      .description("publish an FLV file in real time")
      .argument("<file>", "the FLV file; - is the standard input")
      .argument("<url>", URL_DESCRIPTION)
      .option("--loop", "repeat the file, as one stream"),
  ).action(whenGiven(async () => (await import("./tools/publish.ts")).publish));
  toServers(
    program
      .command("probe")
      .description("show how a server answers, step by step, and what a stream contains")
      .argument("<url>", URL_DESCRIPTION)
      .option("-t, --seconds <seconds>", "how long to watch the stream", positive, 5)
      .option("--json", "print JSON"),
  ).action(whenGiven(async () => (await import("./tools/probe.ts")).probe));
  withRunOptions(program.command("bench")).action(
    whenGiven(async () => (await import("./tools/bench.ts")).bench),
  );
  return program;
}

/** A command that is loaded when it is given: all of them together take as long as the server does to start. */
function whenGiven<Arguments extends unknown[]>(load: () => Promise<(...given: Arguments) => unknown>) {
  return async (...given: Arguments): Promise<void> => {
    const command = await load();
    await command(...given);
  };
}

const URL_DESCRIPTION = "rtmp://HOST[:PORT]/APPLICATION/STREAM, or rtmps, rtmpt, rtmpts, rtmpe, rtmpte";

/** Options of all commands that connect to a server. */
function toServers(command: Command): Command {
  return command
    .option("--ca <file>", "trust the authorities in this PEM file instead of the usual ones")
    .option("--insecure", "accept any certificate");
}

/** Options of all commands that ask a running server to do something. */
function toRunningServer(command: Command): Command {
  return command
    .option("-c, --config <file>", `the configuration that says where its admin server is (${DEFAULT_FILE})`)
    .option("--url <url>", "its admin server, such as http://127.0.0.1:1985")
    .option("--token <token>", `a token for it (default: the variable ${TOKEN_VARIABLE})`);
}

function milliseconds(text: string): number {
  const duration = parseDuration(text);
  if (!duration) throw new InvalidArgumentError("It must be a duration with its unit, such as 30m.");
  return duration;
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError("It must be a number greater than 0.");
  return number;
}
