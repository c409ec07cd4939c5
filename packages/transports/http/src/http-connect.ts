import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { DialError, Guard } from "@headgate/transport";
import { PacedReplies } from "./paced-replies.ts";
import type { ReplyReading } from "./reply-reading.ts";

/**
 * Asks the HTTP proxy at the other end of `socket` for a connection to a server (RFC 9110 §9.3.6). Rejects with a DialError,
 * and `socket` is destroyed then.
 */
export function connectThroughProxy(socket: Socket, asking: ProxyRequest): Promise<Socket> {
  const { host, port, authorization, timeoutMs, reading } = asking;
  const target = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const replies = new PacedReplies(socket, asking.proxyHost, reading);
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new DialError("PROXY_REFUSED", `the HTTP proxy does not connect to ${target}: ${reason}`));
    };
    const guard = new Guard(reading.faults, "connection", () => fail("internal error"));
    const asked = request({
      method: "CONNECT",
      path: target,
      headers: { Host: target, ...(authorization !== undefined && { "Proxy-Authorization": authorization }) },
      createConnection: () => socket,
    });
    const onLate = guard.entry(() => fail("it does not answer"));
    const onSocket = guard.entry(() => replies.expect(asked));
    const onConnect = guard.entry(({ statusCode }: IncomingMessage, connected: Duplex, head: Buffer) => {
      if (statusCode !== 200) return fail(`it answers ${statusCode}`);
      clearTimeout(timer);
      const rest = Buffer.concat([head, replies.end()]);
      if (rest.length > 0) connected.unshift(rest);
      resolve(socket);
    });
    const onReply = guard.entry(({ statusCode }: IncomingMessage) => fail(`it answers ${statusCode}`));
    const onError = guard.entry(({ message }: Error) => fail(message));
    // For the whole answer: a byte now and then does not extend it.
    const timer = setTimeout(onLate, timeoutMs);
    asked.once("socket", onSocket);
    asked.once("connect", onConnect);
    asked.once("response", onReply);
    asked.on("error", onError);
    asked.end();
  });
}

export interface ProxyRequest {
  readonly proxyHost: string;
  /** The server behind the proxy. */
  readonly host: string;
  readonly port: number;
  /** As in the header Proxy-Authorization. */
  readonly authorization: string | undefined;
  readonly timeoutMs: number;
  readonly reading: ReplyReading;
}
