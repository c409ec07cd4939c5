import { fetch } from "@headgate/http-client";

/** Less than `timeouts.policy`, so that whoever waits hears why. Milliseconds. */
const FETCH_TIMEOUT_MS = 5_000;

/** A hundred keys have less. Bytes. */
const MAX_BYTES = 256 * 1024;

/** What stands at a URL. A redirect is an error: it could lead to a server that is not trusted. */
export async function fetchJson(url: URL): Promise<unknown> {
  const reply = await fetch(url, {
    headers: { accept: "application/json" },
    redirect: "error",
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  });
  if (!reply.ok) throw new Error(`it answered with status ${reply.status}`);
  return JSON.parse(await textOf(reply.body));
}

async function textOf(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > MAX_BYTES) throw new Error(`its answer is longer than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
