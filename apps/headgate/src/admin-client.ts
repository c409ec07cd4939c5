import { localAdminUrl } from "./admin-url.ts";
import { TOKEN_VARIABLE } from "./known-names.ts";
import { readConfig } from "./read-config.ts";
import { mistakes } from "./report-problems.ts";

/** The time for the server's answer. A supervisor that asks gives up after some seconds. Milliseconds. */
const ANSWER_MS = 5_000;

/** How a command finds the admin server. */
export interface AdminClientOptions {
  readonly config?: string;
  readonly url?: string;
  readonly token?: string;
}

/** What the server has answered, or why it has not. */
export type AdminAnswer =
  | { readonly status: number; readonly body: Readonly<Record<string, unknown>>; readonly problems?: never }
  | { readonly problems: readonly string[] };

/** Asks the running server to do something. Never rejects. */
export async function askToDo(
  path: string,
  options: AdminClientOptions,
  maxMs: number = ANSWER_MS,
): Promise<AdminAnswer> {
  const base = baseOf(options);
  if (typeof base !== "string") return base;
  const token = options.token ?? process.env[TOKEN_VARIABLE];
  const url = `${base}${path}`;
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetched(url, { method: "POST", headers }, maxMs);
  if (typeof answer === "string") return { problems: [`${url}: ${answer}`] };
  const body = await objectIn(answer);
  if (body) return { status: answer.status, body };
  return { problems: [`${url}: status ${answer.status}${NEEDS_TOKEN[answer.status] ?? ""}`] };
}

const NEEDS_TOKEN: Readonly<Record<number, string>> = {
  401: `; a token is needed, as --token or ${TOKEN_VARIABLE}, or this one is wrong`,
  403: "; this token does not allow it",
};

/** A sentence if there is no answer. */
async function fetched(url: string, options: RequestInit, maxMs: number): Promise<Response | string> {
  try {
    return await fetch(url, { ...options, signal: AbortSignal.timeout(maxMs), redirect: "error" });
  } catch (error) {
    const { name, message, cause } = error as Error;
    if (name === "TimeoutError") return "no answer in time";
    return (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
  }
}

function baseOf({
  url,
  config: file,
}: AdminClientOptions): string | { readonly problems: readonly string[] } {
  if (url !== undefined) {
    const isUsable = URL.canParse(url) && /^https?:\/\//.test(url);
    return isUsable
      ? url.replace(/\/+$/, "")
      : { problems: [`${url}: must be a URL such as http://127.0.0.1:1985`] };
  }
  const { config, problems } = readConfig(file);
  if (config) return localAdminUrl(config.admin);
  return {
    problems: [...problems, `${mistakes(problems.length)} in the configuration: name the server by --url`],
  };
}

async function objectIn(answer: Response): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const value: unknown = await answer.json();
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
