import type { Socket } from "node:net";
import { ProtocolError } from "@headgate/bytes";
import { addressKey, type Faults, Guard } from "@headgate/transport";

/**
 * Turns of one address at the same time. A handshake costs up to a millisecond, nearly all of it at the ClientHello, and many
 * at once hold the process: 2,000 held it for 1.4 seconds.
 */
export const MAX_HANDSHAKES_PER_ADDRESS = 32;

/**
 * The longest turn: the ClientHello has been answered by then. Many clients can share one address, such as all behind a load
 * balancer, and silent ones among them must not keep the others out. The handshake itself may go on for longer.
 */
export const MAX_TURN_MS = 100;

/**
 * Handshakes that begin in one turn of the event loop, of all addresses together: some 3 ms of work. Who floods may have many
 * addresses, and the sessions that there are must not wait for all of them.
 */
export const MAX_BEGUN_AT_ONCE = 4;

/** Ends a turn; called once. */
type EndTurn = () => void;

interface Queue {
  running: number;
  /** In order of arrival. */
  readonly waiting: Set<() => void>;
}

/** Decides which connections may shake hands now. The others of an address wait, unread. */
export class HandshakeTurns {
  readonly #faults: Faults;
  readonly #queues = new Map<string, Queue>();
  /** Those whose address lets them begin, in order. */
  readonly #due = new Set<() => void>();
  /** In this turn of the event loop. */
  #begun = 0;
  readonly #onTurn: () => void;

  constructor(faults: Faults) {
    this.#faults = faults;
    const guard = new Guard(faults, "task", () => {});
    this.#onTurn = guard.entry(() => this.#beginNext());
  }

  /** Resolves when the handshake may begin. Rejects with a ProtocolError at the deadline, or when the socket closes. */
  async begin(socket: Socket, remoteAddress: string, deadlineMs: number): Promise<EndTurn> {
    const key = addressKey(remoteAddress);
    const queue = this.#queues.get(key) ?? { running: 0, waiting: new Set() };
    this.#queues.set(key, queue);
    if (queue.running < MAX_HANDSHAKES_PER_ADDRESS) queue.running += 1;
    else await this.#wait(queue, socket, deadlineMs);
    if (this.#begun >= MAX_BEGUN_AT_ONCE) await new Promise<void>((resolve) => this.#due.add(resolve));
    else this.#count();
    return this.#turn(() => this.#end(key, queue));
  }

  #count(): void {
    if (this.#begun === 0) setImmediate(this.#onTurn);
    this.#begun += 1;
  }

  #beginNext(): void {
    this.#begun = 0;
    for (const begin of this.#due) {
      if (this.#begun >= MAX_BEGUN_AT_ONCE) return;
      this.#due.delete(begin);
      this.#count();
      begin();
    }
  }

  /** Ends by itself if it is not ended in time. */
  #turn(onEnd: () => void): EndTurn {
    let isOver = false;
    const end = (): void => {
      clearTimeout(timer);
      if (!isOver) onEnd();
      isOver = true;
    };
    const guard = new Guard(this.#faults, "connection", end);
    const timer = setTimeout(guard.entry(end), MAX_TURN_MS);
    return end;
  }

  #end(key: string, queue: Queue): void {
    const [next] = queue.waiting;
    if (next) return next();
    queue.running -= 1;
    if (queue.running === 0) this.#queues.delete(key);
  }

  /** Waits until another handshake of the address hands over its turn. */
  #wait({ waiting }: Queue, socket: Socket, deadlineMs: number): Promise<void> {
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
      const onTimeout = guard.entry(() => fail("too many handshakes of the same address are waiting"));
      const timer = setTimeout(onTimeout, deadlineMs - performance.now());
      socket.once("close", onClose);
      waiting.add(begin);
    });
  }
}
