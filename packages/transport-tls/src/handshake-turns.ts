import type { Socket } from "node:net";
import { ProtocolError } from "@headgate/bytes";
import { addressKey, type Faults, Guard } from "@headgate/transport";

/**
 * Handshakes of one address at the same time. One costs up to a millisecond, and all whose messages come together hold the
 * process: 2,000 did for 1.4 seconds. Also behind a proxy, a thousand a second fit through at a round trip of 60 ms.
 */
export const MAX_HANDSHAKES_PER_ADDRESS = 64;

/** Ends a turn; called once. */
type EndTurn = () => void;

interface Queue {
  running: number;
  /** In order of arrival. */
  readonly waiting: Set<() => void>;
}

/** Who may shake hands now. The others of an address wait, their bytes unread. */
export class HandshakeTurns {
  readonly #faults: Faults;
  readonly #queues = new Map<string, Queue>();

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** Resolves when the handshake may begin. Rejects with a ProtocolError if that takes too long, or the socket closes. */
  async begin(socket: Socket, remoteAddress: string, waitMs: number): Promise<EndTurn> {
    const key = addressKey(remoteAddress);
    const queue = this.#queues.get(key) ?? { running: 0, waiting: new Set() };
    this.#queues.set(key, queue);
    if (queue.running < MAX_HANDSHAKES_PER_ADDRESS) queue.running += 1;
    else await this.#wait(queue, socket, waitMs);
    return () => this.#end(key, queue);
  }

  #end(key: string, queue: Queue): void {
    const [next] = queue.waiting;
    if (next) return next();
    queue.running -= 1;
    if (queue.running === 0) this.#queues.delete(key);
  }

  /** Until another handshake of the address hands over its turn. */
  #wait({ waiting }: Queue, socket: Socket, waitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const guard = new Guard(this.#faults, "connection", reject);
      const leave = (): void => {
        clearTimeout(timer);
        socket.off("close", onClose);
        waiting.delete(begin);
      };
      const fail = (reason: string): void => {
        leave();
        reject(new ProtocolError("TLS_HANDSHAKE_FAILED", `the TLS handshake failed: ${reason}`));
      };
      const begin = (): void => {
        leave();
        resolve();
      };
      const onClose = guard.entry(() => fail("the connection ended"));
      const onTimeout = guard.entry(() => fail("too many others of its address are not finished"));
      const timer = setTimeout(onTimeout, waitMs);
      socket.once("close", onClose);
      waiting.add(begin);
    });
  }
}
