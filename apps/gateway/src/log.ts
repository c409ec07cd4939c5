import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";
import { prettyFactory } from "pino-pretty";
import type { LogOptions } from "./config/schema.ts";

/** Where the log is read. */
export interface LogReader {
  readonly isTerminal: boolean;
  readonly hasColours: boolean;
}

export function createLog(
  { level, format }: LogOptions,
  reader: LogReader,
  output: DestinationStream,
): Logger {
  const isPretty = format === "pretty" || (format === "auto" && reader.isTerminal);
  const options = {
    level,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: REDACTED,
  };
  return pino(options, isPretty ? prettified(reader, output) : output);
}

/** What may hold a stream key or a query string. `*.query` does not match a `query` at the top, so both are listed. */
const REDACTED = ["streamKey", "query", "tcUrl", "token", "password"].flatMap((name) => [name, `*.${name}`]);

/** Not pino-pretty's own stream: that passes lines on in a later turn, which a process that exits does not have. */
function prettified({ hasColours }: LogReader, output: DestinationStream): DestinationStream {
  const pretty = prettyFactory({
    colorize: hasColours,
    ignore: "pid,hostname",
    singleLine: true,
    translateTime: "SYS:HH:MM:ss",
  });
  return { write: (line) => output.write(pretty(line)) };
}
