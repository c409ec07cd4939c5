import { randomBytes } from "node:crypto";
import { ClientHandshake, type Handshake, ServerHandshake, type StreamCiphers } from "@headgate/handshake";
import type { Link, LinkHandler } from "@headgate/transport";
import type { LinkAdapter, RawClient } from "@headgate/transport/compliance";

/**
 * The same transport with RTMPE, which is two ciphers that a handshake leaves behind: a keystream knows no borders, so one
 * byte that is lost, repeated or out of order spoils all that follow.
 */
export function withRtmpe(adapter: LinkAdapter): LinkAdapter {
  return {
    ...adapter,
    carrying: "RTMPE",
    start: async () => {
      const { connect, stop } = await adapter.start();
      return {
        stop,
        connect: async (onLink) => {
          const { client, server } = agreedCiphers();
          return new CipheredClient(await connect((link) => onLink(new CipheredLink(link, server))), client);
        },
      };
    },
  };
}

function agreedCiphers(): { client: StreamCiphers; server: StreamCiphers } {
  const client = new ClientHandshake({ kind: "rtmpe", random: randomBytes });
  const server = new ServerHandshake({ rtmpe: true, random: randomBytes });
  while (!client.result || !server.result) {
    server.receive(client.takeOutput() ?? NOTHING, 0);
    client.receive(server.takeOutput() ?? NOTHING);
  }
  return { client: ciphersOf(client), server: ciphersOf(server) };
}

const NOTHING = new Uint8Array(0);

function ciphersOf({ result }: Handshake): StreamCiphers {
  if (result?.kind !== "rtmpe") throw new Error("the handshake did not end with RTMPE");
  return result.ciphers;
}

/** What a connection does with a Link over which its peer speaks RTMPE. */
class CipheredLink implements Link {
  readonly #link: Link;
  readonly #ciphers: StreamCiphers;

  constructor(link: Link, ciphers: StreamCiphers) {
    this.#link = link;
    this.#ciphers = ciphers;
  }

  get transport(): Link["transport"] {
    return this.#link.transport;
  }

  get remoteAddress(): string {
    return this.#link.remoteAddress;
  }

  get remotePort(): number {
    return this.#link.remotePort;
  }

  get bytesReceived(): number {
    return this.#link.bytesReceived;
  }

  get bytesSent(): number {
    return this.#link.bytesSent;
  }

  get queuedBytes(): number {
    return this.#link.queuedBytes;
  }

  get writable(): boolean {
    return this.#link.writable;
  }

  open(handler: LinkHandler): void {
    this.#link.open({
      onBytes: (bytes) => handler.onBytes(this.#ciphers.decrypt.apply(bytes)),
      onWritable: () => handler.onWritable(),
      onClosed: (reason) => handler.onClosed(reason),
    });
  }

  write(bytes: Uint8Array): boolean {
    this.#link.write(this.#ciphers.encrypt.apply(bytes));
    return true;
  }

  pause(): void {
    this.#link.pause();
  }

  resume(): void {
    this.#link.resume();
  }

  end(): void {
    this.#link.end();
  }

  destroy(): void {
    this.#link.destroy();
  }
}

class CipheredClient implements RawClient {
  readonly #client: RawClient;
  readonly #ciphers: StreamCiphers;
  /** What has been deciphered, which can be done only once. */
  #received = NOTHING;

  constructor(client: RawClient, ciphers: StreamCiphers) {
    this.#client = client;
    this.#ciphers = ciphers;
  }

  get address(): string {
    return this.#client.address;
  }

  get port(): number {
    return this.#client.port;
  }

  get received(): Uint8Array {
    const fresh = this.#client.received.subarray(this.#received.length);
    this.#received = Buffer.concat([this.#received, this.#ciphers.decrypt.apply(fresh)]);
    return new Uint8Array(this.#received);
  }

  get receivedBytes(): number {
    return this.#client.receivedBytes;
  }

  get ended(): boolean {
    return this.#client.ended;
  }

  write(bytes: Uint8Array): void {
    this.#client.write(this.#ciphers.encrypt.apply(bytes));
  }

  end(): void {
    this.#client.end();
  }

  reset(): void {
    this.#client.reset();
  }

  pause(): void {
    this.#client.pause();
  }

  resume(): void {
    this.#client.resume();
  }
}
