import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nginxWith } from "./proxies.ts";

/** A web server behind Headgate, which says of each request by which path and with which cookie it was asked. */
export interface WebServer {
  readonly port: number;
  /** Method and path of each request that it has read since this was called last. */
  takeRequests(): string[];
  stop(): Promise<void>;
}

/** What a request is answered with. */
export const answerTo = (path: string, cookie: string): string => `<path=${path} cookie=${cookie}>`;

export async function startNodeWebServer(): Promise<WebServer> {
  let requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume();
    request.once("end", () => response.end(answerTo(request.url ?? "", request.headers.cookie ?? "")));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    takeRequests: () => requests.splice(0),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      requests = [];
    },
  };
}

export async function startNginxWebServer(): Promise<WebServer> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-web-"));
  const log = join(folder, "access.log");
  const { port, stop } = await nginxWith(
    (port) => `
    log_format plain '$request_method $request_uri';
    server {
      listen 127.0.0.1:${port};
      access_log ${log} plain;
      location / { return 200 "${answerTo("$request_uri", "$http_cookie")}"; }
    }`,
  );
  let read = 0;
  const takeRequests = (): string[] => {
    const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
    const taken = lines.slice(read);
    read = lines.length;
    return taken;
  };
  takeRequests();
  return {
    port,
    takeRequests,
    stop: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
