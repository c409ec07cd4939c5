import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkLive } from "./check-live.ts";

const NO_TLS = { cert: "", key: "", clientCa: "", clients: [] };

let server: Server;
let printed: string;

beforeEach(() => {
  printed = "";
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  server.close();
});

async function serve(listener: RequestListener, host = "127.0.0.1"): Promise<number> {
  server = createServer(listener).listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

test.each(["127.0.0.1", "0.0.0.0"])("a server on %s that takes clients is live", async (host) => {
  const asked: string[] = [];
  const port = await serve(({ url = "" }, response) => {
    asked.push(url);
    response.end();
  }, host);
  await checkLive({ host, port, tls: NO_TLS });
  expect([printed, process.exitCode]).toEqual([`http://127.0.0.1:${port}/readyz: ok\n`, undefined]);
  expect(asked).toEqual(["/readyz"]);
});

test("one that starts or ends, and none, are not", async () => {
  const port = await serve((_, response) => response.writeHead(503).end());
  const at = { host: "127.0.0.1", port, tls: NO_TLS };
  const conclusion = "headgate: the server does not take clients.\n";
  await checkLive(at);
  expect([printed, process.exitCode]).toEqual([
    `http://127.0.0.1:${port}/readyz: status 503\n${conclusion}`,
    1,
  ]);
  server.closeAllConnections();
  server.close();
  printed = "";
  await checkLive(at);
  expect(printed).toBe(`http://127.0.0.1:${port}/readyz: ECONNREFUSED\n${conclusion}`);
});

test("one whose connections are full is asked again until it has a place", async () => {
  const port = await serve((_, response) => response.end());
  let accepted = 0;
  server.prependListener("connection", (socket) => {
    accepted += 1;
    if (accepted < 3) socket.destroy();
  });
  await checkLive({ host: "127.0.0.1", port, tls: NO_TLS });
  expect([printed, accepted]).toEqual([`http://127.0.0.1:${port}/readyz: ok\n`, 3]);
});
