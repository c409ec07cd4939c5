import { isIP } from "node:net";
import { isForOneAddress, type PresetName, type SignedUrlOptions, signatureFor } from "@headgate/access";
import { Applications, StreamKey } from "@headgate/bus";
import { RtmpUrl } from "@headgate/session";
import type { Config } from "./config/load-config.ts";
import { readConfig } from "./read-config.ts";
import { mistakes, reportProblems } from "./report-problems.ts";

export interface SignOptions {
  readonly config?: string;
  readonly for?: "publish" | "play";
  /** Milliseconds. */
  readonly valid: number;
  readonly address?: string;
}

/** Prints a URL that is signed as the configuration asks for. */
export function sign(text: string, options: SignOptions): void {
  const { config, problems } = readConfig(options.config);
  if (config === undefined)
    return reportProblems(
      problems,
      `not signed, because of ${mistakes(problems.length)} in the configuration.`,
    );
  const signed = signedUrl(config, text, options, Date.now());
  if ("problem" in signed) return reportProblems([signed.problem], "not signed.");
  process.stdout.write(`${signed.url}\n`);
}

export function signedUrl(
  { gateway }: Config,
  text: string,
  { for: action, valid, address = "" }: SignOptions,
  nowMs: number,
): { readonly url: string } | { readonly problem: string } {
  if (address !== "" && isIP(address) === 0) return { problem: "--address must be an IP address" };
  const url = RtmpUrl.parse(text);
  if (!url || url.stream === "") return { problem: "the URL must be rtmp://HOST/APPLICATION/STREAM" };
  const applications = new Applications(gateway.applications);
  const names = { virtualHost: url.host, application: url.application, name: url.stream };
  const key = StreamKey.of(names, applications);
  const own = typeof key === "string" ? undefined : applications.optionsOf(key);
  if (!own || typeof key === "string") return { problem: "the configuration has no such application" };
  const actions = action === undefined ? (["publish", "play"] as const) : [action];
  const signature = actions.map((each) => own[each].signedUrl).find(isConfigured);
  if (!signature) return { problem: `the application has no ${actions.join(" or ")}.signedUrl` };
  if (address === "" && isForOneAddress(signature))
    return { problem: "the signature has the client's address in it: say which one with --address" };
  const path = key.application === "" ? key.name : `${key.application}/${key.name}`;
  const resource = { path, stream: key.name, remoteAddress: address };
  const query = signatureFor(signature, resource, nowMs + valid);
  return { url: `${text}${text.includes("?") ? "&" : "?"}${query}` };
}

function isConfigured(
  options: SignedUrlOptions,
): options is SignedUrlOptions & { readonly preset: PresetName } {
  return options.preset !== "off";
}
