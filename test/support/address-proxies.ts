import { createServer as createHttpServer, request } from "node:http";
import { type AddressInfo, connect, createServer, type Server } from "node:net";

/** Something in front of a server. */
export interface AddressProxy {
  readonly port: number;
  close(): void;
}

/** A load balancer that says in a PROXY protocol header that all connections are of this client, as haproxy does. */
export function tcpProxy(port: number, clientAddress: string): Promise<AddressProxy> {
  const proxy = createServer((socket) => {
    const onward = connect(port, "127.0.0.1");
    onward.write(`PROXY TCP4 ${clientAddress} 192.0.2.1 40000 1935\r\n`);
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on("error", () => {});
  });
  return listening(proxy);
}

/** An HTTP proxy that says that all requests are of this client. */
export function forwardingProxy(port: number, clientAddress: string): Promise<AddressProxy> {
  const proxy = createHttpServer((incoming, reply) => {
    const headers = { ...incoming.headers, "x-forwarded-for": clientAddress };
    const onward = request({ port, method: incoming.method, path: incoming.url, headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(reply);
    });
    onward.on("error", () => reply.destroy());
    incoming.pipe(onward);
  });
  return listening(proxy);
}

async function listening(proxy: Server): Promise<AddressProxy> {
  proxy.listen(0, "127.0.0.1");
  await new Promise((resolve) => proxy.once("listening", resolve));
  return { port: (proxy.address() as AddressInfo).port, close: () => proxy.close() };
}
