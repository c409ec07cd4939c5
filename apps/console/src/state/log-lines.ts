import { useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "../api/ask.ts";
import type { LogLine } from "../api/replies.ts";
import { leave } from "./session.ts";

/** As many as somebody scrolls through. */
const MAX_LINES = 5_000;

const EVERY_MS = 1_500;

/** A line with a number of its own in this page. */
export interface NumberedLine extends LogLine {
  readonly number: number;
}

interface LogReply {
  readonly next: string;
  readonly lines: readonly LogLine[];
}

/** The log from now on, with what the server still has of it, as long as the component is shown. */
export function useLogLines(): {
  readonly lines: readonly NumberedLine[];
  readonly problem: string | undefined;
} {
  const [state, setState] = useState<{ lines: readonly NumberedLine[]; problem?: string }>({ lines: [] });
  useEffect(() => {
    const abort = new AbortController();
    let timer: number | undefined;
    let next = "";
    let lines: readonly NumberedLine[] = [];
    const askNow = async (): Promise<void> => {
      try {
        const path = `log?count=500&after=${encodeURIComponent(next)}`;
        const reply = await ask<LogReply>(path, { signal: abort.signal });
        next = reply.next;
        lines = appended(lines, reply.lines);
        setState({ lines });
      } catch (error) {
        if (abort.signal.aborted) return;
        if (error instanceof ApiError && error.status === 401) return leave(error.message);
        setState({ lines, problem: (error as Error).message });
      }
      timer = setTimeout(askNow, EVERY_MS);
    };
    void askNow();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, []);
  return { lines: state.lines, problem: state.problem };
}

/** What has come behind what there was, the oldest given up. The same list if nothing has come. */
export function appended(lines: readonly NumberedLine[], come: readonly LogLine[]): readonly NumberedLine[] {
  if (come.length === 0) return lines;
  const first = (lines.at(-1)?.number ?? -1) + 1;
  const numbered = come.map((line, index) => ({ ...line, number: first + index }));
  return [...lines, ...numbered].slice(-MAX_LINES);
}

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];

/** Whether a line is at least as grave as this level. */
export function isAtLeast(level: string, least: string): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}
