import type { BanReply, BanTable } from "@headgate/api";
import type { Ban, Bans } from "@headgate/limits";

/** The table of bans, as the API has it. */
export function banTable(bans: Bans): BanTable {
  return {
    all: () => bans.all.map(replyOf),
    add: ({ reason = "", seconds, ...banned }) => {
      const forMs = seconds === undefined ? undefined : seconds * 1_000;
      const outcome = bans.add(banned, { reason, forMs });
      return typeof outcome === "string" ? outcome : replyOf(outcome);
    },
    remove: (id) => bans.remove(id),
  };
}

function replyOf({ id, address, identity, stream, reason, createdMs, untilMs }: Ban): BanReply {
  return {
    id,
    address: address ?? null,
    identity: identity ?? null,
    stream: stream ?? null,
    reason,
    created: new Date(createdMs).toISOString(),
    until: untilMs === undefined ? null : new Date(untilMs).toISOString(),
  };
}
