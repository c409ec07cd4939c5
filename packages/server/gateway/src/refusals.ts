/** Why a request is refused: stable codes for logs and metrics, each with the sentence that the client is told. */
export const REFUSALS = {
  ALREADY_PUBLISHED: "The stream is being published already.",
  APPLICATION_PROXIED: "Another server answers for this application: name it in the URL's first level.",
  APPLICATION_UNKNOWN: "There is no such application.",
  NAME_INVALID: "The stream's name is missing or too long: write rtmp://HOST/APPLICATION/STREAM.",
  PLAYLIST_UNSUPPORTED: "A live stream has no end for another one to queue behind.",
  POLICY_FAILED: "The server cannot decide on this request: an internal error.",
  POLICY_TIMED_OUT: "The server could not decide on this request in time.",
  PULLS_EXCEEDED: "The stream is on another server, from which too many streams are fetched.",
  RECORDING_UNSUPPORTED: 'This server does not record: publish as "live".',
  RELAY_LOOP: "RELAY_LOOP: this stream has come from here.",
  REQUESTS_EXCEEDED: "Too much has been sent before the server has answered.",
  STREAMS_EXCEEDED: "The server has as many streams as it may have.",
  SWF_NOT_VERIFIED: "The player's SWF is not verified.",
  SWITCH_UNSUPPORTED: "Switching streams is not supported.",
  WAITING_STREAMS_EXCEEDED: "Nobody publishes the stream, and too many such streams are waited for.",
} as const;

export type RefusalCode = keyof typeof REFUSALS;
