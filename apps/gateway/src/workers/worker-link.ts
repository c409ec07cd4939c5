import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream";
import type { StreamKey } from "@headgate/bus";
import type { Gateway } from "@headgate/gateway";
import type { Dial, Neighbours } from "@headgate/relay";
import { RtmpUrl } from "@headgate/session";
import type { TunnelServer } from "@headgate/transport-http";
import { connectTcp, TcpLink } from "@headgate/transport-tcp";
import type { FromWorker, Owner } from "./messages.ts";
import type { WorkerSockets } from "./worker-sockets.ts";

/** How a session id says whose it is, behind the node's name: so many digits in base 36. */
const TAG_LENGTH = 2;

const HOST_PREFIX = "worker-";

const DIAL_TIMEOUT_MS = 5_000;

const POST = 0x50;

/** What one worker has to do with the others: their streams, and requests of their tunnels. */
export class WorkerLink implements Neighbours {
  readonly slot: number;
  /** Names the server that it is a worker of. */
  readonly serverId: string;
  readonly #sockets: WorkerSockets;
  readonly #node: string;
  readonly #tell: (message: FromWorker) => void;
  readonly #owners = new Map<string, Owner>();
  readonly #agent = new Agent({ keepAlive: true });
  #server: Server | undefined;

  constructor(
    { slot, serverId }: { readonly slot: number; readonly serverId: string },
    sockets: WorkerSockets,
    node: string,
    tell: (message: FromWorker) => void,
  ) {
    this.slot = slot;
    this.serverId = serverId;
    this.#sockets = sockets;
    this.#node = node;
    this.#tell = tell;
  }

  /** What the ids of this worker's tunnel sessions begin with. */
  get sessionPrefix(): string {
    return this.#node + this.slot.toString(36).padStart(TAG_LENGTH, "0");
  }

  find(key: StreamKey): RtmpUrl | undefined {
    const owner = this.#ownerElsewhere(key);
    if (!owner) return undefined;
    const { virtualHost } = key;
    // An application of a virtual host is asked for by that host, as clients do.
    const application = virtualHost === "" ? key.application : `${key.application}?vhost=${virtualHost}`;
    return RtmpUrl.parse(`rtmp://${HOST_PREFIX}${owner.slot}/`)?.at(application, key.name);
  }

  hasPublisher(key: StreamKey): boolean {
    return this.#ownerElsewhere(key)?.isPulled === false;
  }

  announce(key: StreamKey, isPulled: boolean): void {
    this.#tell({ kind: "published", stream: key.path, isPulled });
  }

  withdraw(key: StreamKey): void {
    this.#tell({ kind: "unpublished", stream: key.path });
  }

  /** The primary has said who publishes a stream now. */
  setOwner(stream: string, owner: Owner | undefined): void {
    if (owner) this.#owners.set(stream, owner);
    else this.#owners.delete(stream);
  }

  /** The same, where a URL names a worker. */
  dialWith(dial: Dial): Dial {
    return async (url, onBehalfOf) => {
      if (!url.host.startsWith(HOST_PREFIX)) return dial(url, onBehalfOf);
      const path = this.#sockets.pathOf(Number(url.host.slice(HOST_PREFIX.length)));
      const socket = await connectTcp({ path }, DIAL_TIMEOUT_MS);
      return new TcpLink(socket, { transport: "worker", remoteAddress: url.host, remotePort: 0 });
    };
  }

  /** Passes a request of a tunnel on to the worker whose session it is. */
  pass(sessionId: string, incoming: IncomingMessage, response: ServerResponse): boolean {
    const slot = this.#slotOf(sessionId);
    if (slot === undefined || slot === this.slot) return false;
    const { method, url, headers } = incoming;
    const socketPath = this.#sockets.pathOf(slot);
    const outgoing = request({ agent: this.#agent, socketPath, method, path: url, headers }, (reply) => {
      // In the spelling that librtmp looks for.
      response.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
      pipeline(reply, response, ignore);
    });
    outgoing.once("error", () => response.destroy());
    response.once("close", () => outgoing.destroy());
    pipeline(incoming, outgoing, ignore);
    return true;
  }

  /** Takes what the other workers want of this one: a stream, or a request's answer. */
  async listen(gateway: Gateway, tunnel: TunnelServer): Promise<void> {
    this.#sockets.removeSocket(this.slot);
    const server = createServer((socket) => takeFirstByte(socket, gateway, tunnel));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      // Its own, and not shared by all workers as their ports are.
      server.listen({ path: this.#sockets.pathOf(this.slot), exclusive: true }, resolve);
    });
  }

  close(): void {
    this.#server?.close();
    this.#agent.destroy();
  }

  #ownerElsewhere(key: StreamKey): Owner | undefined {
    const owner = this.#owners.get(key.path);
    return owner?.slot === this.slot ? undefined : owner;
  }

  #slotOf(sessionId: string): number | undefined {
    if (!sessionId.startsWith(this.#node)) return undefined;
    const slot = Number.parseInt(sessionId.slice(this.#node.length, this.#node.length + TAG_LENGTH), 36);
    return Number.isNaN(slot) ? undefined : slot;
  }
}

/** The others are known, and speak one of two languages. */
function takeFirstByte(socket: Socket, gateway: Gateway, tunnel: TunnelServer): void {
  socket.on("error", ignore);
  const onReadable = (): void => {
    const bytes: Buffer | null = socket.read();
    if (bytes === null) return;
    socket.off("readable", onReadable);
    socket.unshift(bytes);
    if (bytes[0] === POST) {
      const peer = { isSecure: false, remoteAddress: "worker", remotePort: 0 };
      return tunnel.accept(socket, peer);
    }
    const link = new TcpLink(socket, { transport: "worker", remoteAddress: "worker", remotePort: 0 });
    gateway.accept(link, NO_PLACE);
  };
  socket.on("readable", onReadable);
}

/** A connection between two workers takes nobody's place. */
const NO_PLACE = { leave: () => {} };

function ignore(): void {}
