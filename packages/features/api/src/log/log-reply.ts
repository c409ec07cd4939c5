import { Type } from "typebox";
import type { Described } from "../described.ts";

const LINE = Type.Object({
  time: Type.String({ description: "When it was logged, in ISO 8601." }),
  level: Type.String({ description: "trace, debug, info, warn, error or fatal." }),
  message: Type.String({ description: "What has happened." }),
  process: Type.String({
    description: "The run of the process that has logged it: with workers, there are several.",
  }),
  fields: Type.Unknown({
    description: "What belongs to it, as in the log; empty for a line that is longer than 2,000 characters.",
  }),
});

export const LOG = Type.Object({
  next: Type.String({ description: "Ask with this as `after` for what comes then." }),
  lines: Type.Array(LINE, { description: "The newest lines, the oldest of them first." }),
});

export type LogLineReply = Described<typeof LINE>;
export type LogReply = Described<typeof LOG>;
