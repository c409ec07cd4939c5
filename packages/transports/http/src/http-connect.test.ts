import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { NO_FAULTS } from "@headgate/testkit";
import { afterEach, expect, test } from "vitest";
import { connectThroughProxy } from "./http-connect.ts";
import { MAX_PARSED_REPLY_BYTES } from "./limits.ts";
import { ReplyReading } from "./reply-reading.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Asks a proxy that answers in this way. */
async function askProxy(answer: (socket: Socket) => void): Promise<Socket> {
  const listener = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => answer(socket));
    ends.push(() => socket.destroy());
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  ends.push(() => listener.close());
  const socket = connect((listener.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  ends.push(() => socket.destroy());
  const memory = { tryHold: () => true, release: () => {} };
  return connectThroughProxy(socket, {
    proxyHost: "127.0.0.1",
    host: "192.0.2.1",
    port: 443,
    authorization: undefined,
    timeoutMs: 60_000,
    reading: new ReplyReading(NO_FAULTS, memory),
  });
}

test("what follows the proxy's answer at once is the server's, and all of it is read", async () => {
  const text = "0123456789".repeat(MAX_PARSED_REPLY_BYTES);
  const socket = await askProxy((proxy) => proxy.end(`HTTP/1.1 200 Connected\r\n\r\n${text}`));
  let received = "";
  for await (const piece of socket) received += String(piece);
  expect(received).toBe(text);
});

test.each([
  ["informational replies", "HTTP/1.1 100 Continue\r\n\r\n", "it answers 100"],
  ["header lines", "X: y\r\n", "Header"],
])("a proxy that sends %s without end is left", async (_, again, reason) => {
  const asked = askProxy((proxy) => {
    proxy.write(again.startsWith("HTTP") ? "" : "HTTP/1.1 200 Connected\r\n");
    const goOn = (): void => {
      while (!proxy.destroyed && proxy.write(again.repeat(1_000)));
    };
    proxy.on("drain", goOn);
    goOn();
  });
  const message = expect.stringContaining(reason);
  await expect(asked).rejects.toMatchObject({ code: "PROXY_REFUSED", message });
});
