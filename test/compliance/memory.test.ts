import { type LinkHandler, type MemoryLink, type MemoryLinkPair, memoryLinkPair } from "@headgate/transport";
import { type LinkAdapter, linkCompliance, type RawClient } from "@headgate/transport/compliance";
import { withRtmpe } from "./with-rtmpe.ts";

const memory: LinkAdapter = {
  transport: "memory",
  start: async () => {
    const pairs: MemoryLinkPair[] = [];
    const driver = setInterval(() => {
      for (const pair of pairs) pair.deliver();
    }, 1);
    return {
      connect: async (onLink) => {
        const pair = memoryLinkPair();
        pairs.push(pair);
        onLink(pair.near);
        return new MemoryClient(pair);
      },
      stop: async () => clearInterval(driver),
    };
  },
};

class MemoryClient implements RawClient, LinkHandler {
  readonly address: string;
  readonly port: number;
  ended = false;
  readonly #link: MemoryLink;
  readonly #pieces: Uint8Array[] = [];

  constructor({ near, far }: MemoryLinkPair) {
    this.address = near.remoteAddress;
    this.port = near.remotePort;
    this.#link = far;
    far.open(this);
  }

  get received(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces));
  }

  get receivedBytes(): number {
    return this.#link.bytesReceived;
  }

  write(bytes: Uint8Array): void {
    this.#link.write(bytes);
  }

  end(): void {
    this.#link.end();
  }

  reset(): void {
    this.#link.breakOff("connection reset");
  }

  pause(): void {
    this.#link.pause();
  }

  resume(): void {
    this.#link.resume();
  }

  onBytes(bytes: Uint8Array): void {
    this.#pieces.push(new Uint8Array(bytes));
  }

  onWritable(): void {}

  onClosed(): void {
    this.ended = true;
  }
}

linkCompliance(memory);
linkCompliance(withRtmpe(memory));
