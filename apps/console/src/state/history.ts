import { useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "../api/ask.ts";
import { leave } from "./session.ts";

/** How far back it goes. Seconds. */
const LENGTH = 600;

/** Asked for each time; who has missed more asks for everything. Seconds. */
const LOOK_BACK = 15;

const EVERY_MS = 2_000;

/** The last ten minutes second by second, by field, as the API tells them. */
export interface History {
  readonly seq: number;
  readonly time: number;
  readonly columns: Readonly<Record<string, readonly (number | null)[]>>;
}

/** The history at `api/v1/quality/PATH`, as long as the component is shown. */
export function useHistory(path: string): {
  readonly history: History | undefined;
  readonly problem: string | undefined;
} {
  const [state, setState] = useState<{ path: string; history?: History; problem?: string }>({ path });
  useEffect(() => {
    const abort = new AbortController();
    let known: History | undefined;
    const askNow = async (): Promise<void> => {
      try {
        known = await newer(path, known, abort.signal);
        setState({ path, history: known });
      } catch (error) {
        if (abort.signal.aborted) return;
        if (error instanceof ApiError && error.status === 401) return leave(error.message);
        setState({ path, problem: (error as Error).message, ...(known && { history: known }) });
      }
    };
    const timer = setInterval(() => {
      if (!document.hidden) void askNow();
    }, EVERY_MS);
    void askNow();
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [path]);
  const isOwn = state.path === path;
  return { history: isOwn ? state.history : undefined, problem: isOwn ? state.problem : undefined };
}

async function newer(path: string, known: History | undefined, signal: AbortSignal): Promise<History> {
  const read = async (seconds: number): Promise<History> => {
    const { quality } = await ask<{ quality: Record<string, unknown> }>(
      `quality/${path}?seconds=${seconds}`,
      { signal },
    );
    return historyOf(quality);
  };
  if (known) {
    const joined = join(known, await read(LOOK_BACK));
    if (joined) return joined;
  }
  return read(LENGTH);
}

/** What of an answer is a list is a field. */
export function historyOf(quality: Readonly<Record<string, unknown>>): History {
  const columns = Object.entries(quality).filter((entry): entry is [string, (number | null)[]] =>
    Array.isArray(entry[1]),
  );
  return { seq: Number(quality.seq), time: Number(quality.time), columns: Object.fromEntries(columns) };
}

/** What was known and what came then; undefined if there is a gap between them, or the server has begun anew. */
export function join(known: History, next: History): History | undefined {
  const added = next.seq - known.seq;
  const got = Math.max(0, ...Object.values(next.columns).map(({ length }) => length));
  if (added < 0 || added > got) return undefined;
  const columns = Object.entries(next.columns).map(([field, values]) => {
    const newest = added === 0 ? [] : values.slice(-added);
    return [field, [...(known.columns[field] ?? []), ...newest].slice(-LENGTH)] as const;
  });
  return { ...next, columns: Object.fromEntries(columns) };
}

/** The times of the entries, in seconds since 1970. */
export function timesOf({ time, columns }: History): number[] {
  const length = Math.max(0, ...Object.values(columns).map((column) => column.length));
  return Array.from({ length }, (_, index) => Math.round(time / 1_000) - (length - 1 - index));
}
