import type { Socket } from "node:net";

/** What carries a viewer's bytes to the server and back. */
export interface Carrier {
  write(bytes: Uint8Array): void;
  /** From now on reads once and then waits for the next call; a tunnel reads when it is answered and takes no notice. */
  readOnce(): void;
  destroy(): void;
}

export interface CarrierHandler {
  onOpen(): void;
  /** The memory is used anew afterwards. */
  onBytes(bytes: Uint8Array): void;
  onClosed(reason: string): void;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly isTunnel: boolean;
}

export function watch(socket: Socket, { onClosed }: Pick<CarrierHandler, "onClosed">): void {
  let reason = "closed by the server";
  socket.on("error", (error) => {
    reason = error.message;
  });
  socket.once("close", () => onClosed(reason));
}
