import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { localAdminUrl } from "./admin-url.ts";
import type { AdminOptions } from "./config/config.ts";
import { reportProblems } from "./report-problems.ts";

/** The time for the server's answer. A supervisor that asks gives up after some seconds. Milliseconds. */
export const ANSWER_MS = 5_000;

/** Asks the server that runs with these options whether it takes clients, and prints what it says. The exit code is 1 if not. */
export async function checkLive(admin: Pick<AdminOptions, "host" | "port" | "tls">): Promise<void> {
  const url = `${localAdminUrl(admin)}/readyz`;
  const problem = await problemAt(url);
  if (problem === undefined) process.stdout.write(`${url}: ok\n`);
  else reportProblems([`${url}: ${problem}`], "the server does not take clients.");
}

/** Until the next try. Milliseconds. */
const RETRY_MS = 100;

/** A server whose connections are full ends one for each new one, and that may be this one. */
async function problemAt(url: string): Promise<string | undefined> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  for (;;) {
    const problem = await problemOf(url, signal);
    if (problem !== "ECONNRESET" || signal.aborted) return problem;
    await sleep(RETRY_MS);
  }
}

async function problemOf(url: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const status = await statusOf(url, signal);
    return status === 200 ? undefined : `status ${status}`;
  } catch (error) {
    const { name, message, code } = error as NodeJS.ErrnoException;
    return name === "AbortError" || name === "TimeoutError" ? "no answer in time" : (code ?? message);
  }
}

/** Nothing secret is sent, and the server is this machine's own: its certificate may be for another name. */
async function statusOf(url: string, signal: AbortSignal): Promise<number | undefined> {
  const ask = url.startsWith("https:") ? https.get : http.get;
  const request = ask(url, { signal, rejectUnauthorized: false, agent: false });
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  response.resume();
  request.destroy();
  return response.statusCode;
}
