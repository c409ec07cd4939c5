/** SIGHUP is one where there is a terminal, which was closed then. */
export type EndingSignal = "SIGINT" | "SIGTERM" | "SIGQUIT" | "SIGUSR2" | "SIGHUP";

/** Signals that end the server in order. SIGUSR2 is how some process managers restart a program. */
export const ENDING_SIGNALS: readonly EndingSignal[] = ["SIGINT", "SIGTERM", "SIGQUIT", "SIGUSR2"];

/** npm passes Ctrl-C on to a process that has already received it from the terminal: that does not count as a second one. */
const SAME_KEYPRESS_MS = 200;

/** Resolves with the first of these signals. A second one ends the process at once. */
export function waitForSignal(signals: readonly EndingSignal[]): Promise<EndingSignal> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    const onSignal = (signal: EndingSignal): void => {
      if (firstMs === undefined) {
        firstMs = performance.now();
        resolve(signal);
      } else if (performance.now() - firstMs > SAME_KEYPRESS_MS) {
        process.exit(INTERRUPTED);
      }
    };
    for (const signal of signals) process.on(signal, () => onSignal(signal));
  });
}

/** The exit code that a shell reports for a process ended by Ctrl-C. */
const INTERRUPTED = 130;
