import {
  type Message,
  MessageType,
  readUserControl,
  setChunkSize,
  UserControlType,
  userControl,
} from "@headgate/message";
import { Outbox, type OutgoingMessage } from "./outbox.ts";

/** A message of the peer that is to go on as it is. */
export interface PassedMessage {
  readonly kind: "passed";
  readonly message: Message;
}

/**
 * A session that understands nothing: every message becomes an event, and what it is given goes out as it is. Two of them
 * back to back carry whatever two peers have to say to each other.
 */
export class PassThrough {
  /** Set by whoever knows that the peer has been let in. */
  connected = false;
  readonly isPaced = true;
  readonly heldBytes = 0;
  readonly hasParts = false;
  readonly #outbox = new Outbox<PassedMessage>();
  /** What the last ping of this side said, as long as it has not been answered. */
  #pinged: number | undefined;

  receive(message: Message): void {
    if (!this.#answersPing(message)) this.#outbox.emit({ kind: "passed", message });
  }

  nextEvent(): PassedMessage | undefined {
    return this.#outbox.nextEvent();
  }

  /** An aggregate message is passed on whole. */
  takePart(): boolean {
    return false;
  }

  nextMessage(): OutgoingMessage | undefined {
    return this.#outbox.nextMessage();
  }

  /** Tells the peer how long chunks will be from now on. Bytes. */
  useChunkSize(chunkSize: number): void {
    this.#outbox.control(setChunkSize(chunkSize));
  }

  send(message: Message): void {
    this.#outbox.pass(message);
  }

  ping(nowMs: number): void {
    this.#pinged = nowMs >>> 0;
    this.#outbox.control(userControl({ event: UserControlType.pingRequest, value: this.#pinged }));
  }

  #answersPing({ type, payload }: Message): boolean {
    if (this.#pinged === undefined || type !== MessageType.userControl) return false;
    const control = readUserControl(payload);
    if (control?.event !== UserControlType.pingResponse || control.value !== this.#pinged) return false;
    this.#pinged = undefined;
    return true;
  }
}
