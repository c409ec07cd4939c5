import { isName } from "@headgate/access";
import { isTokenName } from "@headgate/api";
import { HOUR, parseDuration } from "@headgate/config";
import { withRunOptions } from "@headgate/load";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { TOKEN_VARIABLE } from "./admin-client.ts";
import { certsInit } from "./certs-init.ts";
import { check } from "./check.ts";
import { DEMO_APPLICATION, DEMO_STREAM } from "./demo.ts";
import { CERTIFICATES_FOLDER } from "./development-certificate.ts";
import { drain } from "./drain.ts";
import { IMPORTED_SERVERS, importConfig } from "./import/import-config.ts";
import { key } from "./key.ts";
import { DEFAULT_CONFIG_NAMES } from "./read-config.ts";
import { reload } from "./reload.ts";
import { serve } from "./serve.ts";
import { sign } from "./sign.ts";
import { swf } from "./swf.ts";
import { token } from "./token.ts";
import { bench } from "./tools/bench.ts";
import { play } from "./tools/play.ts";
import { probe } from "./tools/probe.ts";
import { publish } from "./tools/publish.ts";
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
    .action(serve);
  program
    .command("check")
    .description("check whether a configuration can be used, and if not, why")
    .argument("[file]", `configuration (${DEFAULT_FILE})`)
    .option("--json", "print JSON, with every value in force")
    .option("--live", "ask the server that runs with it whether it takes clients")
    .action(check);
  toRunningServer(
    program
      .command("reload")
      .description("ask the running server to read its configuration again, and print what has changed"),
  ).action(reload);
  toRunningServer(
    program.command("drain").description("ask the running server to hand over its sessions and to end"),
  ).action(drain);
  program
    .command("config")
    .description("configurations of other servers")
    .command("import")
    .description("print a configuration made from another server's, and what has become of each part of that")
    .addArgument(new Argument("<server>", "the server that it is for").choices(IMPORTED_SERVERS))
    .argument("<file>", "its configuration")
    .action(importConfig);
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
  program
    .command("token")
    .description("make a token for the admin server, and print it with its line for the configuration")
    .argument("[name]", "whose it is, for the log", tokenName, "ops")
    .action(token);
  program
    .command("key")
    .description("print a new key for publishers or players, and its line for the configuration")
    .argument("[name]", "who gets it, for `keys` and the log", keyName)
    .option("-u, --user <name>", "a password for this user instead", keyName)
    .action(key);
  program
    .command("sign")
    .description("print a URL that is signed as `signedUrl` in the configuration asks for")
    .argument("<url>", URL_DESCRIPTION)
    .option("-c, --config <file>", `configuration (${DEFAULT_FILE})`)
    .addOption(new Option("--for <request>", "what it lets do").choices(["publish", "play"]))
    .option("--valid <duration>", "how long, such as 30m", milliseconds, HOUR)
    .option("--address <address>", "only for a client with this address, if the signature has one")
    .action(sign);
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

/** As `admin.tokens` in the configuration takes it. */
function tokenName(text: string): string {
  if (isTokenName(text)) return text;
  throw new InvalidArgumentError('It must be 64 letters, digits, "-", "_" and "." at most.');
}

/** As `keys` and `access.users` in the configuration take it. */
function keyName(text: string): string {
  if (isName(text)) return text;
  throw new InvalidArgumentError('It must be 128 letters, digits, ".", "_", "@", "+" and "-" at most.');
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError("It must be a number greater than 0.");
  return number;
}
