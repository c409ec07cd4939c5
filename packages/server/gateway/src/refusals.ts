/** Why a request is refused: stable codes for logs, the sentence that the client is told, and what the operator can do. */
export const REFUSALS = {
  ADDRESS_DENIED: {
    told: "The server does not accept this from your address.",
    remedy:
      "allow the address in `publish.allow`, `play.allow` or `access.connect.allow`, or take it out of `deny`",
  },
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
  AUTHENTICATION_NEEDED: {
    told: "The server needs a user and a password.",
    remedy:
      "nothing, if the encoder goes on with them; else give it a user and a password, or set `publish.authmod: off`",
  },
  BANNED: {
    told: "You are banned from this server, or the stream is.",
    remedy: "nothing, or lift the ban: `DELETE /api/v1/bans/ID`; `GET /api/v1/bans` lists them",
  },
  BITRATE_EXCEEDED: {
    told: "The bitrate is higher than this server allows here.",
    remedy: "encode with less, or raise `maxBitrate` or `maxTotalBitrate`, or the limit that a hook has set",
  },
  CODEC_DENIED: {
    told: "The server does not accept this codec here.",
    remedy: "encode with another codec, or add it to `publish.videoCodecs` or `publish.audioCodecs`",
  },
  CONNECTIONS_EXCEEDED: {
    told: "Too many connections: the server has no room for another one here.",
    remedy: "raise `maxConnections` of the application or of the rule in `access.limits`",
  },
  CREDENTIALS_CUT_OFF: {
    told: "The key, signature or token is wrong, and its end is missing: it was cut off by the client. Use a shorter one.",
    remedy:
      "make tokens short (ES256, few claims): FFmpeg cuts the stream's name with its query at 1,017 bytes",
  },
  CREDENTIALS_EXPIRED: {
    told: "The token or the signed URL has expired.",
    remedy: "give the client a new one; compare the clocks of both servers",
  },
  CREDENTIALS_INVALID: {
    told: "The key, password, signature or token is wrong.",
    remedy:
      "compare it with the configuration; a hash begins with `sha256:`, and a signed URL is for one path",
  },
  CREDENTIALS_MISSING: {
    told: "This stream needs a key, a user and a password, a signed URL or a token.",
    remedy: "the client is told which of them; they come behind the name of the stream or of the application",
  },
  DOWNLOADS_EXCEEDED: {
    told: "Too many recordings are being downloaded, in all or from your address: try again.",
    remedy: "nothing, if it is rare; else put a web server or a CDN in front that keeps the files",
  },
  DRAINING: {
    told: "The server is about to end: connect again.",
    remedy: "nothing: the client reaches another server, or this one once it runs again",
  },
  DURATION_EXCEEDED: {
    told: "The time that the server allows for this is over.",
    remedy: "connect again, or raise `maxDuration`, or the limit that a hook has set",
  },
  HOOK_DENIED: {
    told: "This is not allowed.",
    remedy: "the log says what the hook has answered (`hook refused`)",
  },
  HOOK_FAILED: {
    told: "The server that decides on this request does not answer.",
    remedy: "the log says why (`hook failed`); `onFailure: allow` lets everybody in meanwhile",
  },
  NAME_INVALID: {
    told: "The stream's name is missing, too long, or leads elsewhere: write rtmp://HOST/APPLICATION/STREAM.",
    remedy: "correct the URL; a path has 512 characters at most, and no level `.` or `..`",
  },
  NOT_PERMITTED: {
    told: "Your user or token is not for this stream.",
    remedy: "name the user in `publish.users` or `play.users`, or the stream in the claims of the token",
  },
  PASSWORDS_BUSY: {
    told: "Too many passwords are being checked: try again.",
    remedy:
      "nothing, if it is rare; else use `keys`, signed URLs or tokens, which cost less than hashed passwords",
  },
  PLAYLIST_EXCEEDED: {
    told: "Too many streams are queued already.",
    remedy: "queue the next streams when one of them has ended",
  },
  PLAYLIST_UNSUPPORTED: {
    told: "A live stream has no end, so no other stream can be queued behind it.",
    remedy: "play streams one at a time",
  },
  PLAYS_EXCEEDED: {
    told: "Too many streams are played on connections that play one already.",
    remedy:
      "raise `limits.maxConnections` or `maxConnectionsPerAddress`: as many streams may be played besides the first on each connection",
  },
  PLUGIN_DENIED: {
    told: "This is not allowed.",
    remedy:
      "ask those who wrote the program that runs Headgate: a handler of it has refused the request, with the reason in the log",
  },
  PLUGIN_FAILED: {
    told: "The server could not decide on this request.",
    remedy:
      "ask those who wrote the program that runs Headgate: a handler of it has thrown the error in the log (`handler failed`)",
  },
  POLICY_FAILED: {
    told: "The server could not decide on this request: internal error.",
    remedy: "report it: see `headgate_faults_total`",
  },
  POLICY_TIMED_OUT: {
    told: "The server could not decide on this request in time.",
    remedy: "try again; the time is `timeouts.policy`",
  },
  PUBLISHING_PRIVATE: {
    told: "This server lets only its own network publish. Its operator can set a key (publish.key), or let everybody (publish.allow: all).",
    remedy: "set `publish.key`, or `publish.allow: all` for the application, or start with `--open`",
  },
  PUBLISHERS_EXCEEDED: {
    told: "Too many streams are published here already.",
    remedy: "raise `publish.maxPublishers` of the application or of the rule in `access.limits`",
  },
  PUBLISHER_IDLE: {
    told: "The publisher has sent nothing for too long.",
    remedy: "find out why the encoder sends nothing, or raise `publish.maxIdle`",
  },
  PULLS_EXCEEDED: {
    told: "The stream is on another server, and too many streams are fetched from it.",
    remedy: "raise `limits.maxPullsPerOrigin`",
  },
  RECORDING_NOT_CUT: {
    told: "This recording can only be had as a whole, without `start`.",
    remedy: "leave `start` out; the log says why the file cannot be cut (`RECORDING_UNPLAYABLE`)",
  },
  RECORDING_NOT_FOUND: {
    told: "There is no such recording.",
    remedy: "correct the name of the file; to watch a live stream, do not ask for a position or for `mp4:`",
  },
  RECORDING_UNSUPPORTED: {
    told: 'The server does not record this stream: publish as "live".',
    remedy: "publish as `live`, or let the application record the stream (`record.format`, `record.streams`)",
  },
  RELAY_LOOP: {
    told: "RELAY_LOOP: this stream has already passed through this server.",
    remedy: "correct `pull`, `push` or `proxy` of the servers in the circle",
  },
  REQUESTS_EXCEEDED: {
    told: "Too much was sent before the server answered.",
    remedy: "wait for the answer before sending on",
  },
  RESOLUTION_EXCEEDED: {
    told: "The pictures are larger than this server allows here.",
    remedy: "encode smaller pictures, or raise `publish.maxResolution`",
  },
  SNAPSHOT_UNAVAILABLE: {
    told: "There is no picture: the stream is not live, or its codec is none that an MP4 holds.",
    remedy: "nothing, if the stream is not live; else publish H.264, HEVC, AV1 or VP9",
  },
  STREAMS_EXCEEDED: {
    told: "Too many streams are published, in all or from this address.",
    remedy: "raise `limits.maxStreams` or `limits.maxStreamsPerAddress`",
  },
  STREAM_NOT_PUBLISHED: {
    told: "Nobody publishes this stream.",
    remedy: "start the encoder, or correct the URL: http://HOST/APPLICATION/STREAM.flv",
  },
  SWF_NOT_VERIFIED: {
    told: "The player's SWF is not verified.",
    remedy: "add the player's SWF to `swfVerification`",
  },
  SWITCH_UNSUPPORTED: {
    told: "Switching streams is not supported.",
    remedy: "close the stream and play the other one",
  },
  TOKEN_KEYS_UNAVAILABLE: {
    told: "The server cannot verify tokens at present.",
    remedy: "make `access.jwt.jwks` reachable",
  },
  TRIES_EXCEEDED: {
    told: "Too many wrong keys or passwords have come from your address: wait a minute.",
    remedy: "correct the encoder or player at this address that tries again and again",
  },
  VIEWERS_EXCEEDED: {
    told: "There are too many viewers here already.",
    remedy:
      "raise `play.maxViewers` of the application or of the rule in `access.limits`, or the limit that a hook has set",
  },
  WAITING_STREAMS_EXCEEDED: {
    told: "The stream has no publisher, and too many such streams are being waited for.",
    remedy:
      "raise `limits.maxWaitingStreams`, `maxWaitingStreamsPerAddress` or `maxPullsPerOrigin`, or ask for fewer streams",
  },
} as const;

export type RefusalCode = keyof typeof REFUSALS;

export function isRefusal(reason: string): reason is RefusalCode {
  return Object.hasOwn(REFUSALS, reason);
}
