import type { VirtualHostReply } from "./server-replies.ts";
import { virtualHostId } from "./shown-text.ts";
import type { StreamReply } from "./stream-reply.ts";

/** Adds up what virtual hosts have, by their ids. */
export class VirtualHosts {
  readonly #byId = new Map<string, VirtualHostReply>();

  constructor() {
    this.#at(virtualHostId(""));
  }

  /** The default one first. */
  get all(): readonly VirtualHostReply[] {
    return [...this.#byId.values()];
  }

  add({ vhost, clients, send_bytes, recv_bytes, kbps }: StreamReply): void {
    this.merge({ ...emptyHost(vhost), clients, streams: 1, send_bytes, recv_bytes, kbps });
  }

  /** Adds what another process has counted. */
  merge(other: VirtualHostReply): void {
    const before = this.#at(other.id);
    this.#byId.set(other.id, {
      ...before,
      clients: before.clients + other.clients,
      streams: before.streams + other.streams,
      send_bytes: before.send_bytes + other.send_bytes,
      recv_bytes: before.recv_bytes + other.recv_bytes,
      kbps: {
        recv_30s: before.kbps.recv_30s + other.kbps.recv_30s,
        send_30s: before.kbps.send_30s + other.kbps.send_30s,
      },
    });
  }

  #at(id: string): VirtualHostReply {
    let host = this.#byId.get(id);
    if (!host) {
      host = emptyHost(id);
      this.#byId.set(id, host);
    }
    return host;
  }
}

function emptyHost(id: string): VirtualHostReply {
  return {
    id,
    name: id,
    enabled: true,
    clients: 0,
    streams: 0,
    send_bytes: 0,
    recv_bytes: 0,
    kbps: { recv_30s: 0, send_30s: 0 },
    hls: { enabled: false },
  };
}
