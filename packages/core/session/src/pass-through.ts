import {
  copyOf,
  type Message,
  MessageType,
  readUserControl,
  setChunkSize,
  UserControlType,
  userControl,
} from "@headgate/message";
import { Outbox, type OutgoingMessage } from "./outbox.ts";

/** A message of the peer to be passed on unchanged. */
export interface PassedMessage {
  readonly kind: "passed";
  readonly message: Message;
}

/**
 * A session that interprets nothing: every message becomes an event, and messages given to it are sent unchanged. Two of them,
 * back to back, connect two peers.
 */
export class PassThrough {
  /** Set once `connect` was accepted. */
  connected = false;
  readonly isPaced = true;
  readonly heldBytes = 0;
  readonly hasParts = false;
  readonly #outbox = new Outbox<PassedMessage>();
  /** The value of this side's last ping, until it is answered. */
  #pinged: number | undefined;

  receive(message: Message): void {
    // A copy, because it is sent on only after the messages that arrived with it.
    if (!this.#answersPing(message)) this.#outbox.emit({ kind: "passed", message: copyOf(message) });
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

  /** Announces a chunk size to the peer. Bytes. */
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
