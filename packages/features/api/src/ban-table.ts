import { listOf, object, orNull, type Schema, text } from "./schema.ts";

/** Who is banned, as an operator says it: what matches everything that is said. */
export interface BanRequest {
  readonly address?: string;
  readonly identity?: string;
  readonly stream?: string;
  readonly seconds?: number;
  readonly reason?: string;
}

export interface BanReply {
  readonly id: string;
  readonly address: string | null;
  readonly identity: string | null;
  readonly stream: string | null;
  readonly reason: string;
  readonly created: string;
  readonly until: string | null;
}

/** The bans of the server, in the process that has the admin server. */
export interface BanTable {
  all(): readonly BanReply[];
  /** `full`: there are too many already. `address`: it is none. */
  add(request: BanRequest): BanReply | "full" | "address";
  /** False if there is none of this id. */
  remove(id: string): boolean;
}

/** Longer texts are no addresses, names or paths. */
const MAX_LENGTH = 512;

/** Ten years, in seconds. */
const MAX_SECONDS = 315_360_000;

const SOME = { type: "string", minLength: 1, maxLength: MAX_LENGTH } as const;

export const BAN_REQUEST: Schema<BanRequest> = {
  type: "object",
  // A name that is not known would leave a ban that is wider than meant, if it were just left out.
  propertyNames: { enum: ["address", "identity", "stream", "seconds", "reason"] },
  anyOf: [{ required: ["address"] }, { required: ["identity"] }, { required: ["stream"] }],
  properties: {
    address: { ...SOME, description: "An address or a network, as 203.0.113.0/24." },
    identity: {
      ...SOME,
      description: "An identity, or a pattern of them: a star stands for any characters.",
    },
    stream: {
      ...SOME,
      description: "The path of a stream, or a pattern of them: nobody else may publish or play it then.",
    },
    seconds: {
      type: "integer",
      minimum: 1,
      maximum: MAX_SECONDS,
      description: "How long it holds; without this until the server ends, or the ban is lifted.",
    },
    reason: { type: "string", maxLength: MAX_LENGTH, description: "For operators." },
  },
};

export const BAN: Schema<BanReply> = object<BanReply>({
  id: text("To lift it with."),
  address: orNull(text("The address or network; null: any.")),
  identity: orNull(text("The pattern of identities; null: any, also without one.")),
  stream: orNull(text("The pattern of paths; null: everything, also `connect`.")),
  reason: text("In the operator's words."),
  created: text("In ISO 8601."),
  until: orNull(text("In ISO 8601; null: until the server ends.")),
});

export const BANS: Schema<{ bans: readonly BanReply[] }> = object<{ bans: readonly BanReply[] }>({
  bans: listOf(BAN, "The oldest first."),
});
