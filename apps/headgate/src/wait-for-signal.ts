/** npm passes Ctrl-C on to a process that has had it from the terminal already: that is no second one. */
const SAME_KEYPRESS_MS = 200;

/** Resolves with the first of these signals. A second one, from somebody who will not wait, ends the process at once. */
export function waitForSignal(signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (firstMs === undefined) {
        firstMs = performance.now();
        resolve(signal);
      } else if (performance.now() - firstMs > SAME_KEYPRESS_MS) {
        process.exit(INTERRUPTED);
      }
    };
    for (const signal of signals) process.on(signal, onSignal);
  });
}

/** What a shell reports for a process that Ctrl-C ended. */
const INTERRUPTED = 130;
