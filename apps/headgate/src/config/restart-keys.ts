import { isDeepStrictEqual } from "node:util";
import { type ChangedKey, changedKeys, type Written, withoutRestart } from "@headgate/config";
import { CONFIG, type FileOptions, type ListenerOptions } from "./config.ts";

/**
 * What can be in force of `next` in a server that was started with `started`: keys of the class `restart` keep their values. A
 * listener keeps its `acme`, and a new one that has some waits.
 */
export function withoutRestartKeys(started: FileOptions, next: FileOptions): FileOptions {
  const listeners = next.listeners.flatMap((listener) => {
    const before = started.listeners.find((each) => isSameAddress(each, listener));
    if (!before && listener.tls.acme.domains.length > 0) return [];
    return [before ? { ...listener, tls: { ...listener.tls, acme: before.tls.acme } } : listener];
  });
  return { ...withoutRestart(CONFIG, started, next), listeners };
}

/** The keys that have other values than those in force, which came from `last`, and those that wait for a restart. */
export function changesOf(
  started: Written<FileOptions>,
  last: Written<FileOptions>,
  next: Written<FileOptions>,
): readonly ChangedKey[] {
  const [before, after] = [last, next].map(
    ({ options }) => withoutRestartKeys(started.options, options).listeners,
  );
  const listeners = isDeepStrictEqual(before, after)
    ? []
    : [{ key: "listeners", reload: "listener" } as const];
  const others = changedKeys(CONFIG, last, next).filter(
    ({ key, reload }) => key !== "listeners" && reload !== "restart",
  );
  const waiting = changedKeys(CONFIG, started, next).filter(({ reload }) => reload === "restart");
  return [...listeners, ...others, ...waiting, ...waitingAcme(started.options, next.options)];
}

function waitingAcme(started: FileOptions, next: FileOptions): readonly ChangedKey[] {
  return next.listeners.flatMap((listener, index) => {
    const before = started.listeners.find((each) => isSameAddress(each, listener));
    const { acme } = listener.tls;
    const isSame = before ? isDeepStrictEqual(before.tls.acme, acme) : acme.domains.length === 0;
    const key = before ? `listeners[${index}].tls.acme` : `listeners[${index}]`;
    return isSame ? [] : [{ key, reload: "restart" as const }];
  });
}

function isSameAddress(one: ListenerOptions, other: ListenerOptions): boolean {
  return one.host === other.host && one.port === other.port;
}
