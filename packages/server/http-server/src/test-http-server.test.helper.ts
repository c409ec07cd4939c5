import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type HttpPeer, TunnelServer } from "@headgate/http";
import { NO_FAULTS } from "@headgate/testkit";
import { pino } from "pino";
import { HttpServer, type HttpServerOptions } from "./http-server.ts";

/** An HTTP server with ports of its own. Without tunnels of its own it refuses every session. */
export class TestHttpServer {
  readonly http: HttpServer;
  readonly accepted: Socket[] = [];
  readonly #ports = new Map<HttpPeer, Server>();

  constructor(options: Partial<HttpServerOptions>) {
    this.http = new HttpServer({
      tunnels: new TunnelServer({
        node: "",
        idKey: new Uint8Array(32),
        maxReplyBytes: 1000,
        memory: { tryHold: () => true, release: () => {} },
        faults: NO_FAULTS,
        onLink: (link) => link.destroy(),
      }),
      routes: [],
      webServer: undefined,
      faults: NO_FAULTS,
      log: pino({ level: "silent" }),
      ...options,
    });
  }

  /** The port whose connections are this peer's. */
  async listen(peer: HttpPeer): Promise<number> {
    await this.http.ready();
    const known = this.#ports.get(peer);
    const port = known ?? createServer((socket) => this.#accept(socket, peer)).listen(0, "127.0.0.1");
    this.#ports.set(peer, port);
    if (!port.listening) await once(port, "listening");
    return (port.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const port of this.#ports.values()) port.close();
    await this.http.close();
  }

  #accept(socket: Socket, peer: HttpPeer): void {
    this.accepted.push(socket);
    this.http.accept(socket, peer);
  }
}
