import { Type } from "typebox";
import { type Described, orNull } from "./described.ts";

/** Longer texts are no addresses, names or paths. */
const MAX_LENGTH = 512;

/** Ten years, in seconds. */
const MAX_SECONDS = 315_360_000;

const SOME = { minLength: 1, maxLength: MAX_LENGTH } as const;

/** Who is banned, as an operator says it: what matches everything that is said. */
export const BAN_REQUEST = Type.Object(
  {
    address: Type.Optional(
      Type.String({ ...SOME, description: "An address or a network, as 203.0.113.0/24." }),
    ),
    identity: Type.Optional(
      Type.String({
        ...SOME,
        description: "An identity, or a pattern of them: a star stands for any characters.",
      }),
    ),
    stream: Type.Optional(
      Type.String({
        ...SOME,
        description: "The path of a stream, or a pattern of them: nobody else may publish or play it then.",
      }),
    ),
    seconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_SECONDS,
        description: "How long it holds; without this until the server ends, or the ban is lifted.",
      }),
    ),
    reason: Type.Optional(Type.String({ maxLength: MAX_LENGTH, description: "For operators." })),
  },
  {
    // A name that is not known would leave a ban that is wider than meant, if it were just left out.
    propertyNames: { enum: ["address", "identity", "stream", "seconds", "reason"] },
    anyOf: [{ required: ["address"] }, { required: ["identity"] }, { required: ["stream"] }],
  },
);

export const BAN = Type.Object({
  id: Type.String({ description: "To lift it with." }),
  address: orNull(Type.String(), "The address or network; null: any."),
  identity: orNull(Type.String(), "The pattern of identities; null: any, also without one."),
  stream: orNull(Type.String(), "The pattern of paths; null: everything, also `connect`."),
  reason: Type.String({ description: "In the operator's words." }),
  created: Type.String({ description: "In ISO 8601." }),
  until: orNull(Type.String(), "In ISO 8601; null: until the server ends."),
});

export type BanRequest = Described<typeof BAN_REQUEST>;
export type BanReply = Described<typeof BAN>;

/** The bans of the server, in the process that has the admin server. */
export interface BanTable {
  all(): readonly BanReply[];
  /** `full`: there are too many already. `address`: it is none. */
  add(request: BanRequest): BanReply | "full" | "address";
  /** False if there is none of this id. */
  remove(id: string): boolean;
}
