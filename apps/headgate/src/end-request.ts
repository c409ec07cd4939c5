import { ENDING_SIGNALS, type EndingSignal, waitForSignal } from "./wait-for-signal.ts";

/** Why the server ends: a signal, or an operator's request over the API. */
export type EndReason = EndingSignal | "request";

/** The one request to end that decides how the server ends. */
export class EndRequest {
  readonly reason: Promise<EndReason>;
  #request: () => void = () => {};

  /** From here on signals no longer end the process by themselves. A second one ends it at once. */
  constructor(signals: readonly EndingSignal[] = ENDING_SIGNALS) {
    const requested = new Promise<EndReason>((resolve) => {
      this.#request = () => resolve("request");
    });
    this.reason = Promise.race([waitForSignal(signals), requested]);
  }

  /** An operator asks over the API. */
  request(): void {
    this.#request();
  }
}

/** Ctrl-C and the like are for whoever waits at a terminal. What supervisors send gives the sessions time to move. */
export function isPatient(reason: EndReason): boolean {
  return reason === "SIGTERM" || reason === "request";
}
