import type { SessionEvent } from "@headgate/session";

/** The events that concern a NetStream; the others concern the connection as a whole. */
export type NetStreamEvent = Extract<SessionEvent, { netStreamId: number }>;

export type EventOf<Kind extends SessionEvent["kind"]> = Extract<SessionEvent, { kind: Kind }>;
