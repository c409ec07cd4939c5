import type { FaultScope } from "@headgate/transport";
import type { Logger } from "pino";

/** Handles the peer's events, and answers through the session. */
export interface DriverOwner<Event> {
  readonly log: Logger;
  /** What a fault on this connection ends; a session unless the owner says otherwise. */
  readonly faultScope?: FaultScope;
  onEvent(event: Event): void;
  /** Until when what the peer sends next may wait to be read, if it may. Asked after each read. */
  inputMayWaitUntilMs?(): number | undefined;
  /** The handshake is done. */
  onHandshake?(): void;
  /** The Link was not writable and is writable again. */
  onWritable(): void;
  /** The connection is ending: nothing more is sent or received. Called once. */
  onEnding(reason: string): void;
  /** The Link is closed. This is the last call. */
  onGone(reason: string): void;
}
