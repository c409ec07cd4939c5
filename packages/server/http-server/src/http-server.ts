import { createServer, type IncomingMessage, type RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type HttpPeer, readTunnelTarget, type TunnelServer } from "@headgate/http";
import type { DirectSend } from "@headgate/tcp";
import { type Arrivals, type Faults, Guard } from "@headgate/transport";
import { type FastifyInstance, type FastifyPluginCallback, fastify } from "fastify";
import type { Logger } from "pino";
import { HttpConnections } from "./http-connections.ts";
import { CHECK_INTERVAL_MS, MAX_HEADER_BYTES, MAX_HEADER_LINES } from "./limits.ts";
import { giveNotice } from "./notice.ts";
import { PlainConnection } from "./plain-connection.ts";
import { reportRequestFaults } from "./request-faults.ts";
import { addPeers, setConnectionPeer } from "./request-peer.ts";
import { RequestTurns } from "./request-turns.ts";
import { routeStreams, type StreamAnswers } from "./stream-routes.ts";
import { type CompactServer, TAKES_REQUESTS, takeRequests } from "./take-requests.ts";
import { passToWebServer } from "./web-proxy.ts";
import { pathIn, upgradable } from "./web-socket-request.ts";

export interface HttpServerOptions {
  readonly tunnels: TunnelServer;
  /** The features' routes. */
  readonly routes: readonly FastifyPluginCallback[];
  /** What is asked about the paths of streams, in this order. */
  readonly streams?: readonly StreamAnswers[];
  /** Gets every request that is not a tunnel's and has no route. */
  readonly webServer: URL | undefined;
  /** Connections as they are accepted; without it, those that flood do not wait for them. */
  readonly arrivals?: Arrivals;
  /** Replies to tunnels go past Node's part of the socket with it. */
  readonly send?: DirectSend | undefined;
  readonly faults: Faults;
  readonly log: Logger;
}

/**
 * The HTTP server of all ports for clients, which does not listen itself. A request is a tunnel's, or has a route, or is passed
 * to the web server. What a PlainConnection does not take goes to node:http, because that keeps the case of header names, which
 * librtmp needs, and answers pipelined requests in order.
 */
export class HttpServer {
  /** To ask the routes without a connection. */
  readonly routes: FastifyInstance;
  readonly #tunnels: TunnelServer;
  readonly #faults: Faults;
  readonly #server: CompactServer;
  readonly #turns: RequestTurns;
  readonly #send: DirectSend | undefined;
  readonly #plain = new Set<PlainConnection>();
  /** The connections that node:http reads. */
  readonly #others: HttpConnections<HttpPeer>;
  readonly #sweep: NodeJS.Timeout;

  constructor(options: HttpServerOptions) {
    const { tunnels, faults, streams = [] } = options;
    this.#tunnels = tunnels;
    this.#faults = faults;
    this.#turns = new RequestTurns(options.arrivals);
    this.#send = options.send;
    this.#others = new HttpConnections(faults, this.#turns);
    const IncomingMessage = upgradable(({ url = "", headers: { host } }) => {
      const path = pathIn(url);
      return path !== undefined && streams.some((each) => each.takesWebSocket?.(path, host));
    });
    this.#server = createServer({ ...TAKES_REQUESTS, IncomingMessage, maxHeaderSize: MAX_HEADER_BYTES });
    this.#server.maxHeadersCount = MAX_HEADER_LINES;
    // It never listens itself, and would not know its connections without this.
    this.#server.emit("listening");
    this.routes = routesOf(options, (route) => {
      this.#takeUpgrades(route);
      takeRequests(this.#server, this.#others, faults, (guard, request, response, peer) =>
        this.#handle(guard, request, response, { peer, route }),
      );
      return this.#server;
    });
    // Bytes that are not HTTP are answered by node:http, which does not cut into a reply under way, as fastify would.
    this.#server.removeAllListeners("clientError");
    const guard = new Guard(faults, "task", () => {});
    this.#sweep = setInterval(
      guard.entry(() => this.#lookAfter()),
      CHECK_INTERVAL_MS,
    ).unref();
  }

  /** Resolves when requests can be taken. */
  async ready(): Promise<void> {
    await this.routes.ready();
  }

  /** Takes a connection that begins with an HTTP request; what was read of it is put back. */
  accept(socket: Socket, peer: HttpPeer): void {
    const connection = new PlainConnection(
      socket,
      {
        remoteAddress: peer.remoteAddress,
        onRequest: ({ target, headers }, body, answer) =>
          this.#tunnels.request({ peer, connection, target, headers }, body, answer),
        onOther: (other, sinceMs) => {
          this.#server.emit("connection", other);
          this.#others.add(other, peer, sinceMs);
        },
        onClosed: () => this.#plain.delete(connection),
      },
      this.#faults,
      this.#turns,
      this.#send,
    );
    this.#plain.add(connection);
  }

  /** Ends all tunnels and all connections at once. */
  async close(): Promise<void> {
    this.#tunnels.close();
    clearInterval(this.#sweep);
    for (const connection of this.#plain) connection.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.routes.close();
  }

  /** Routes the request for a WebSocket like any other; its reply is the last of its connection. */
  #takeUpgrades(route: RequestListener): void {
    const take = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
      // node:http has taken its listener away, and an error that nobody hears ends the process.
      socket.on("error", () => {});
      const peer = this.#others.release(socket);
      if (!peer || socket.destroyed) return void socket.destroy();
      setConnectionPeer(request, peer);
      socket.unshift(head);
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket);
      const guard = new Guard(this.#faults, "request", () => socket.destroy());
      const onFinish = guard.entry(() => socket.destroySoon());
      response.on("error", () => {});
      response.once("finish", onFinish);
      guard.run(() => route(request, response));
    };
    const guard = new Guard(this.#faults, "task", () => {});
    this.#server.on("upgrade", guard.entry(take));
  }

  #handle(
    guard: Guard,
    request: IncomingMessage,
    response: ServerResponse,
    { peer, route }: { readonly peer: HttpPeer; readonly route: RequestListener },
  ): void {
    const target = request.method === "POST" ? readTunnelTarget(request.url ?? "") : undefined;
    if (target) {
      this.#tunnels.handle(guard, request, response, { peer, target });
      return;
    }
    setConnectionPeer(request, peer);
    route(request, response);
  }

  #lookAfter(): void {
    const nowMs = performance.now();
    this.#tunnels.sweep();
    for (const connection of this.#plain) connection.sweep(nowMs);
    this.#others.sweep(nowMs);
  }
}

/** It logs no URLs: they may hold secrets. */
function routesOf(
  options: HttpServerOptions,
  serverFactory: (route: RequestListener) => CompactServer,
): FastifyInstance {
  const { webServer, streams = [] } = options;
  const server = fastify({
    serverFactory,
    return503OnClosing: false,
    exposeHeadRoutes: true,
    // A client that takes this for a forward proxy sends the whole URL; only its path counts.
    rewriteUrl: ({ url = "/" }) => url.replace(/^https?:\/\/[^/?#]*/i, "").replace(/^(?=\?|$)/, "/"),
  });
  addPeers(server);
  server.decorate("directSend", options.send);
  if (webServer) passToWebServer(server, { ...options, webServer });
  else
    server.register((behind, _, done) => {
      giveNotice(behind, options);
      done();
    });
  // The web server's failures are not faults, so the features' routes have an error handler of their own.
  server.register((own, _, done) => {
    reportRequestFaults(own, options);
    for (const routes of options.routes) own.register(routes);
    if (streams.length > 0)
      own.register((all, __, routed) => {
        routeStreams(all, streams);
        routed();
      });
    done();
  });
  return server;
}
