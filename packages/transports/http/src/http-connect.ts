import { request } from "node:http";
import type { Socket } from "node:net";
import { DialError } from "@headgate/transport";

/**
 * Asks the HTTP proxy at the other end of `socket` for a connection to a server (RFC 9110 §9.3.6). Rejects with a DialError,
 * and `socket` is destroyed then.
 */
export function connectThroughProxy(
  socket: Socket,
  { host, port, authorization, timeoutMs }: ProxyRequest,
): Promise<Socket> {
  const target = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new DialError("PROXY_REFUSED", `the HTTP proxy does not connect to ${target}: ${reason}`));
    };
    const asked = request({
      method: "CONNECT",
      path: target,
      headers: { Host: target, ...(authorization !== undefined && { "Proxy-Authorization": authorization }) },
      createConnection: () => socket,
    });
    // For the whole answer: a byte now and then does not extend it.
    const timer = setTimeout(() => fail("it does not answer"), timeoutMs);
    asked.once("connect", (response, connected, head) => {
      if (response.statusCode !== 200) return fail(`it answers ${response.statusCode}`);
      clearTimeout(timer);
      if (head.length > 0) connected.unshift(head);
      resolve(connected as Socket);
    });
    asked.once("response", ({ statusCode }) => fail(`it answers ${statusCode}`));
    asked.on("error", ({ message }) => fail(message));
    asked.end();
  });
}

export interface ProxyRequest {
  readonly host: string;
  readonly port: number;
  /** As in the header Proxy-Authorization. */
  readonly authorization: string | undefined;
  readonly timeoutMs: number;
}
