import { Agent, type RequestInit, type Response, fetch as undiciFetch } from "undici";
import { connector } from "./connector.ts";

/** The time for one connection. Milliseconds. */
const CONNECT_MS = 10_000;

const AGENT = new Agent({ connect: connector({ timeout: CONNECT_MS }) });

/** As the global one, on connections that are read in small parts. */
export function fetch(url: string | URL, init: RequestInit): Promise<Response> {
  return undiciFetch(url, { ...init, dispatcher: AGENT });
}
