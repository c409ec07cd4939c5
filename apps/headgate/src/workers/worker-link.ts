import { createServer, type Server, type Socket } from "node:net";
import type { StreamKey } from "@headgate/bus";
import type { Dial } from "@headgate/client";
import type { Gateway } from "@headgate/gateway";
import { type ForeignRequest, isSessionId } from "@headgate/http";
import type { HttpServer } from "@headgate/http-server";
import { Bans } from "@headgate/limits";
import type { Origin, OriginSource } from "@headgate/relay";
import { RtmpUrl } from "@headgate/session";
import { connectTcp, TcpLink, withSharedReads } from "@headgate/tcp";
import { Guard } from "@headgate/transport";
import { LatestStates } from "./latest-states.ts";
import type { FromWorker, Owner } from "./messages.ts";
import { MAX_PASSED_REQUESTS, PassedRequests } from "./passed-requests.ts";
import { WorkerSlots } from "./worker-slots.ts";
import type { WorkerSockets } from "./worker-sockets.ts";

/** How many digits in base 36, after the node's name, say to which worker a session id belongs. */
const TAG_LENGTH = 2;

const DIAL_TIMEOUT_MS = 5_000;

const POST = 0x50;

export interface WorkerIdentity {
  /** The worker's number among the others, which it keeps when it is restarted. */
  readonly slot: number;
  readonly serverId: string;
  readonly idKey: Uint8Array;
}

/** Connects one worker with the others: their streams, and requests of their tunnels. */
export class WorkerLink implements OriginSource {
  readonly slot: number;
  /** Identifies the server to which the worker belongs. */
  readonly serverId: string;
  /** The key with which the ids of all workers' tunnel sessions are made. */
  readonly idKey: Uint8Array;
  readonly slots: WorkerSlots;
  /** A copy of the primary's. */
  readonly bans: Bans = new Bans();
  readonly #sockets: WorkerSockets;
  readonly #node: string;
  /** What this worker publishes, as the primary is told. */
  readonly #published: LatestStates<{ readonly isPulled: boolean }>;
  readonly #owners = new Map<string, Owner>();
  /** The workers that URLs lead to. Their host is for logs alone; no server has such a name, because RFC 2606 reserves its end. */
  readonly #slots = new WeakMap<RtmpUrl, number>();
  readonly #passed: PassedRequests;
  readonly #tell: (message: FromWorker, onSent?: () => void) => void;
  /** Streams whose publishers, in other workers, are asked whether they are there. */
  readonly #asked = new Map<
    string,
    { readonly isFree: Promise<boolean>; readonly answer: (isFree: boolean) => void }
  >();
  #server: Server | undefined;

  constructor(
    { slot, serverId, idKey }: WorkerIdentity,
    sockets: WorkerSockets,
    node: string,
    tell: (message: FromWorker, onSent?: () => void) => void,
  ) {
    this.slot = slot;
    this.serverId = serverId;
    this.idKey = idKey;
    this.#sockets = sockets;
    this.#node = node;
    this.#tell = tell;
    this.slots = new WorkerSlots(tell);
    this.#published = new LatestStates((stream, state, onSent) =>
      tell(state ? { kind: "published", stream, ...state } : { kind: "unpublished", stream }, onSent),
    );
    this.#passed = new PassedRequests((other) => sockets.pathOf(other));
  }

  /** The beginning of the ids of this worker's tunnel sessions. */
  get sessionPrefix(): string {
    return this.#node + this.slot.toString(36).padStart(TAG_LENGTH, "0");
  }

  find(key: StreamKey): Origin | undefined {
    const owner = this.#ownerElsewhere(key);
    if (!owner) return undefined;
    const { virtualHost } = key;
    // An application of a virtual host is requested with that host, as clients do.
    const application = virtualHost === "" ? key.application : `${key.application}?vhost=${virtualHost}`;
    // With a slash in front, `flv:` at the beginning of a name is not taken for the format of a recording.
    const url = RtmpUrl.parse(`rtmp://worker-${owner.slot}.invalid/`)!.at(application, `/${key.name}`);
    this.#slots.set(url, owner.slot);
    return { url, isInternal: true };
  }

  hasPublisher(key: StreamKey): boolean {
    return this.#ownerElsewhere(key)?.isPulled === false;
  }

  isFree(key: StreamKey): Promise<boolean> {
    const { path } = key;
    const known = this.#asked.get(path);
    if (known) return known.isFree;
    let answer: (isFree: boolean) => void = ignore;
    const isFree = new Promise<boolean>((resolve) => {
      answer = resolve;
    });
    this.#asked.set(path, { isFree, answer });
    this.#tell({ kind: "wanted", stream: path });
    return isFree;
  }

  /** The primary's answer. */
  confirmed(stream: string, isFree: boolean): void {
    this.#asked.get(stream)?.answer(isFree);
    this.#asked.delete(stream);
  }

  announce(key: StreamKey, isPulled: boolean): void {
    this.#published.set(key.path, { isPulled });
  }

  withdraw(key: StreamKey): void {
    this.#published.set(key.path, undefined);
  }

  /** The primary has announced which worker publishes a stream now. */
  setOwner(stream: string, owner: Owner | undefined): void {
    const asked = this.#owners.get(stream)?.slot;
    if (owner) this.#owners.set(stream, owner);
    else this.#owners.delete(stream);
    // The worker that was asked may have gone before it could answer.
    if (owner?.slot !== asked) this.confirmed(stream, owner === undefined);
  }

  /** Dials another worker for a URL that {@link find} has made. One that others have written as well leads to no worker. */
  dialWith(dial: Dial): Dial {
    return async (url, onBehalfOf) => {
      const slot = this.#slots.get(url);
      if (slot === undefined) return dial(url, onBehalfOf);
      const path = this.#sockets.pathOf(slot);
      const socket = await connectTcp({ path }, DIAL_TIMEOUT_MS);
      return new TcpLink(socket, { transport: "worker", remoteAddress: url.host, remotePort: 0 });
    };
  }

  /** Passes a tunnel request to the worker that has the session. Undefined if there can be no such session. */
  pass(request: ForeignRequest): (() => void) | undefined {
    const slot = this.#slotOf(request.sessionId);
    if (slot === undefined || slot === this.slot) return undefined;
    return this.#passed.pass(slot, request);
  }

  /** Accepts connections from the other workers, which want a stream or pass a request. */
  async listen(gateway: Gateway, http: Pick<HttpServer, "accept">): Promise<void> {
    this.#sockets.removeSocket(this.slot);
    const server = createServer((accepted) => {
      const guard = new Guard(gateway.faults, "worker", () => accepted.destroy());
      guard.run(() => takeFirstByte(withSharedReads(accepted), gateway, http));
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      // A socket of its own, not shared by all workers as their ports are.
      const path = this.#sockets.pathOf(this.slot);
      server.listen({ path, exclusive: true, backlog: MAX_PASSED_REQUESTS }, resolve);
    });
    // From here on an error is a connection that could not be accepted for lack of a descriptor.
    server.on("error", ignore);
  }

  close(): void {
    this.#server?.close();
    this.#passed.close();
  }

  #ownerElsewhere(key: StreamKey): Owner | undefined {
    const owner = this.#owners.get(key.path);
    return owner?.slot === this.slot ? undefined : owner;
  }

  #slotOf(sessionId: string): number | undefined {
    if (!isSessionId(sessionId, this.idKey)) return undefined;
    const slot = Number.parseInt(sessionId.slice(this.#node.length, this.#node.length + TAG_LENGTH), 36);
    return Number.isNaN(slot) ? undefined : slot;
  }
}

/** The other workers are trusted, and speak either RTMP or HTTP. */
function takeFirstByte(socket: Socket, gateway: Gateway, http: Pick<HttpServer, "accept">): void {
  const guard = new Guard(gateway.faults, "worker", () => socket.destroy());
  socket.on("error", ignore);
  const onReadable = guard.entry(() => {
    const bytes: Buffer | null = socket.read();
    if (bytes === null) return;
    socket.off("readable", onReadable);
    socket.unshift(bytes);
    if (bytes[0] === POST) {
      const peer = { isSecure: false, remoteAddress: "worker", remotePort: 0 };
      return http.accept(socket, peer);
    }
    const link = new TcpLink(socket, { transport: "worker", remoteAddress: "worker", remotePort: 0 });
    gateway.acceptInternal(link);
  });
  socket.on("readable", onReadable);
}

function ignore(): void {}
