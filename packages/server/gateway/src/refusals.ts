/** Why a request is refused: stable codes for logs, the sentence that the client is told, and what the operator can do. */
export const REFUSALS = {
  ALREADY_PUBLISHED: {
    told: "The stream is already being published.",
    remedy: "end the other publisher, or set `publisherPolicy: takeover`",
  },
  APPLICATION_PROXIED: {
    told: "Another server serves this application: name the whole application in connect.",
    remedy: "let `connect` name the proxied application",
  },
  APPLICATION_UNKNOWN: {
    told: "There is no such application: write rtmp://HOST/APPLICATION/STREAM.",
    remedy: 'name the application under `applications`, or allow `"*"`',
  },
  NAME_INVALID: {
    told: "The stream's name is missing, too long, or leads elsewhere: write rtmp://HOST/APPLICATION/STREAM.",
    remedy: "correct the URL; a path has 512 characters at most, and no level `.` or `..`",
  },
  PLAYLIST_UNSUPPORTED: {
    told: "A live stream has no end, so no other stream can be queued behind it.",
    remedy: "play streams one at a time",
  },
  POLICY_FAILED: {
    told: "The server could not decide on this request: internal error.",
    remedy: "report it: see `headgate_faults_total`",
  },
  POLICY_TIMED_OUT: {
    told: "The server could not decide on this request in time.",
    remedy: "try again; the time is `timeouts.policy`",
  },
  PULLS_EXCEEDED: {
    told: "The stream is on another server, and too many streams are fetched from it.",
    remedy: "raise `limits.maxPullsPerOrigin`",
  },
  RECORDING_UNSUPPORTED: {
    told: 'This server does not record: publish as "live".',
    remedy: "publish as `live`",
  },
  RELAY_LOOP: {
    told: "RELAY_LOOP: this stream has already passed through this server.",
    remedy: "correct `pull`, `push` or `proxy` of the servers in the circle",
  },
  REQUESTS_EXCEEDED: {
    told: "Too much was sent before the server answered.",
    remedy: "wait for the answer before sending on",
  },
  STREAMS_EXCEEDED: {
    told: "Too many streams are published, in all or from this address.",
    remedy: "raise `limits.maxStreams` or `limits.maxStreamsPerAddress`",
  },
  SWF_NOT_VERIFIED: {
    told: "The player's SWF is not verified.",
    remedy: "add the player's SWF to `swfVerification`",
  },
  SWITCH_UNSUPPORTED: {
    told: "Switching streams is not supported.",
    remedy: "close the stream and play the other one",
  },
  WAITING_STREAMS_EXCEEDED: {
    told: "The stream has no publisher, and too many such streams are being waited for.",
    remedy: "raise `limits.maxWaitingStreams` or `maxWaitingStreamsPerAddress`, or ask for fewer streams",
  },
} as const;

export type RefusalCode = keyof typeof REFUSALS;
