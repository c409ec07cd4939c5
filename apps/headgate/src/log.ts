import type { LogTail } from "@headgate/api";
import { type DestinationStream, type Logger, type LoggerOptions, pino, stdTimeFunctions } from "pino";
import { prettyFactory } from "pino-pretty";
import type { LogOptions } from "./config/config.ts";
import { kindOfLine, LineBudgets } from "./line-budgets.ts";
import { printable, printableValue } from "./printable.ts";

/** Where the log is read. */
export interface LogReader {
  readonly isTerminal: boolean;
  readonly hasColours: boolean;
}

/** `tail` has the newest lines for operators. `processes` share the budget for lines that peers cause. */
export function createLog(
  { level, format }: Pick<LogOptions, "level" | "format">,
  reader: LogReader,
  output: DestinationStream,
  tail: Pick<LogTail, "add">,
  processes: number = 1,
): Logger {
  const isPretty = format === "pretty" || (format === "auto" && reader.isTerminal);
  const options: LoggerOptions = {
    level,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: REDACTED,
    hooks: { logMethod: boundedLines(processes) },
  };
  const destination = isPretty ? prettified(reader, output) : escaped(output);
  return pino(options, {
    write: (line) => {
      tail.add(line);
      destination.write(line);
    },
  });
}

/** Fields that may hold a stream key or a query. `*.query` does not match a `query` at the top, so both are listed. */
const REDACTED = ["streamKey", "query", "tcUrl", "token", "password"].flatMap((name) => [name, `*.${name}`]);

type LogMethod = NonNullable<NonNullable<LoggerOptions["hooks"]>["logMethod"]>;

/** Every line passes here, so that code that logs need not consider how often peers can cause it. */
function boundedLines(processes: number): LogMethod {
  const budgets = new LineBudgets(processes);
  return function write(args, method, level) {
    const [fields, message] = args as unknown[];
    const taken = budgets.take(level, kindOfLine(fields, message), performance.now());
    if (!taken) return;
    if (taken.omitted === 0) method.apply(this, args);
    else if (typeof fields === "object")
      method.apply(this, [{ ...fields, omitted: taken.omitted }, ...args.slice(1)] as never);
    else method.apply(this, [{ omitted: taken.omitted }, ...args] as never);
  };
}

/** Makes sure that a JSON line is one line without unprintable characters. */
function escaped(output: DestinationStream): DestinationStream {
  return { write: (line) => output.write(`${printable(line.trimEnd())}\n`) };
}

/** Not pino-pretty's own stream: that writes lines in a later turn, which a process that exits does not have. */
function prettified({ hasColours }: LogReader, output: DestinationStream): DestinationStream {
  const pretty = prettyFactory({
    colorize: hasColours,
    ignore: "pid,hostname",
    singleLine: true,
    translateTime: "SYS:HH:MM:ss",
  });
  return { write: (line) => output.write(pretty(printableValue(JSON.parse(line)))) };
}
