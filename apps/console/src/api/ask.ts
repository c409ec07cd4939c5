/** Why the server has not done what it was asked for. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** 0 if it has not answered. */
  readonly status: number;
  /** All that is wrong, where there is a list of it. */
  readonly problems: readonly string[];

  constructor(status: number, message: string, problems: readonly string[] = []) {
    super(message);
    this.status = status;
    this.problems = problems;
  }
}

interface AskOptions {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly body?: object;
  readonly signal?: AbortSignal;
}

const NO_ANSWER = "The server does not answer.";

/** In memory only. */
let token: string | undefined;

export function useToken(next: string | undefined): void {
  token = next;
}

/** Asks `api/v1/PATH`. Rejects with an ApiError, or as the signal says. */
export async function ask<Reply>(path: string, options: AskOptions = {}): Promise<Reply> {
  const reply = await askForBody(path, options);
  return (await reply.json()) as Reply;
}

/** The same for what is no JSON. */
export async function askForBody(path: string, options: AskOptions = {}): Promise<Response> {
  const { method = "GET", body, signal } = options;
  const reply = await send(`api/v1/${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
    // Nothing of a browser's own may count as a right.
    credentials: "omit",
  });
  if (!reply.ok) throw errorOf(reply.status, await reply.text());
  return reply;
}

/** The path of a stream or file within a path of the API. */
export function inPath(text: string): string {
  return text.split("/").map(encodeURIComponent).join("/");
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, NO_ANSWER);
  }
}

/** An answer in JSON has a sentence in `error` or `message`; others are one. */
export function errorOf(status: number, text: string): ApiError {
  const json = parsed(text);
  const problems = Array.isArray(json?.problems) ? json.problems.map(String) : [];
  const sentence = json?.error !== undefined && json.message === undefined ? json.error : json?.message;
  return new ApiError(
    status,
    String(sentence ?? text.trim()) || `The server answers with ${status}.`,
    problems,
  );
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
