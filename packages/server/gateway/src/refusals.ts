/** Why a request is refused: stable codes for logs, each with the sentence that the client is told. */
export const REFUSALS = {
  ALREADY_PUBLISHED: "The stream is already being published.",
  APPLICATION_PROXIED: "Another server serves this application: name the whole application in connect.",
  APPLICATION_UNKNOWN: "There is no such application.",
  NAME_INVALID:
    "The stream's name is missing, too long, or leads elsewhere: write rtmp://HOST/APPLICATION/STREAM.",
  PLAYLIST_UNSUPPORTED: "A live stream has no end, so no other stream can be queued behind it.",
  POLICY_FAILED: "The server could not decide on this request: internal error.",
  POLICY_TIMED_OUT: "The server could not decide on this request in time.",
  PULLS_EXCEEDED: "The stream is on another server, and too many streams are fetched from it.",
  RECORDING_UNSUPPORTED: 'This server does not record: publish as "live".',
  RELAY_LOOP: "RELAY_LOOP: this stream has already passed through this server.",
  REQUESTS_EXCEEDED: "Too much was sent before the server answered.",
  STREAMS_EXCEEDED: "Too many streams are published, in all or from this address.",
  SWF_NOT_VERIFIED: "The player's SWF is not verified.",
  SWITCH_UNSUPPORTED: "Switching streams is not supported.",
  WAITING_STREAMS_EXCEEDED: "The stream has no publisher, and too many such streams are being waited for.",
} as const;

export type RefusalCode = keyof typeof REFUSALS;
