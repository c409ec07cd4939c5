import { Type } from "typebox";
import type { Described } from "./described.ts";

/** Longer than any path of a stream, and than URLs with tokens. */
const MAX_TARGET_LENGTH = 4_096;

/** Where a client is turned to: one of them. */
export const REDIRECTION = Type.Object(
  {
    stream: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_TARGET_LENGTH,
        description:
          "The path of a stream: what the client plays is turned to it, whatever the policies say.",
      }),
    ),
    url: Type.Optional(
      Type.String({
        pattern: "^rtmp[tes]*://",
        maxLength: MAX_TARGET_LENGTH,
        description: "Where the client is to connect again. Only clients with can_reconnect do.",
      }),
    ),
  },
  { additionalProperties: false, minProperties: 1, maxProperties: 1 },
);

export type Redirection = Described<typeof REDIRECTION>;
