import { flag, group, oneOf, type Section } from "@headgate/config";
import { networks, secretText, secretTexts, userNames, userSecrets } from "./fields.ts";
import { JWT, type JwtOptions } from "./jwt/config.ts";
import { Networks } from "./networks.ts";
import type { SecretText } from "./secret-text.ts";
import { SIGNED_URL } from "./signed-url/config.ts";
import type { SignedUrlOptions } from "./signed-url/signed-url.ts";
import type { UserSecrets } from "./user-secrets.ts";

/** What holds for the whole server. */
export interface AccessOptions {
  readonly connect: ConnectAccess;
  readonly users: ReadonlyMap<string, UserSecrets>;
  readonly jwt: JwtOptions;
}

interface ConnectAccess {
  readonly allow: Networks;
  readonly deny: Networks;
}

/** Who may publish or play the streams of an application. */
export interface StreamAccess {
  /** `auto`: all if credentials are asked for, and else only private networks. */
  readonly allow: Networks | "auto";
  readonly deny: Networks;
  readonly key: SecretText | undefined;
  /** By the name of whoever has the key. */
  readonly keys: ReadonlyMap<string, SecretText>;
  readonly users: readonly string[] | "all" | "none";
  readonly signedUrl: SignedUrlOptions;
  readonly jwt: boolean;
}

export interface PublishAccess extends StreamAccess {
  /** `auto`: adobe if users are the only ones with credentials. */
  readonly authmod: "auto" | "off" | "adobe" | "llnw";
}

export interface ApplicationAccess {
  readonly publish: PublishAccess;
  readonly play: StreamAccess;
}

const CONNECT: Section<ConnectAccess> = {
  allow: networks("allow", {
    default: Networks.ALL,
    description: "The addresses that may connect.",
  }),
  deny: networks("deny", {
    default: Networks.NONE,
    description: "The addresses that may not, although they are allowed.",
  }),
};

export const ACCESS: Section<AccessOptions> = {
  connect: group(
    "connect",
    CONNECT,
    "Which addresses may connect at all. Their connections end at `connect`.",
  ),
  users: userSecrets(
    "users",
    "Users by name, each with a password or, better, with the hashes that `headgate key --user NAME` prints. Publishing asks for one of them, playing only where `play.users` says so.",
  ),
  jwt: group(
    "jwt",
    JWT,
    "Signed tokens (JWT) that say who may publish and play what. Publishing asks for one, playing only where `play.jwt` says so.",
  ),
};

const DENY = networks("deny", {
  default: Networks.NONE,
  description: "The addresses that may not, although they are allowed.",
});

const CREDENTIALS = {
  key: secretText(
    "key",
    "The key that is asked for, as it is or as the hash that `headgate key` prints: rtmp://HOST/APPLICATION/STREAM?key=KEY.",
  ),
  keys: secretTexts(
    "keys",
    "The same for several: { studio: KEY, van: KEY }. The name of the one whose key is used is in the log.",
  ),
  signedUrl: group(
    "signedUrl",
    SIGNED_URL,
    "URLs that are signed and expire, as other servers and CDNs have them. `headgate sign URL` prints one.",
  ),
} as const;

export const PUBLISH: Section<PublishAccess> = {
  allow: networks<Networks | "auto">("allow", {
    default: "auto",
    description:
      "The addresses that may publish: addresses, networks (10.0.0.0/8), and the words all, private (this machine and private networks) and loopback. auto: private, or all where credentials are asked for.",
  }),
  deny: DENY,
  ...CREDENTIALS,
  users: userNames("users", "all", "The users that may publish: all, none, or a list of names."),
  jwt: flag("jwt", {
    default: true,
    reload: "live",
    description: "Whether tokens let publish, if `access.jwt` is configured.",
  }),
  authmod: oneOf("authmod", ["auto", "off", "adobe", "llnw"], {
    default: "auto",
    reload: "live",
    description:
      "How encoders are asked for a user and a password at `connect`: adobe (OBS, FFmpeg, GStreamer, FMLE), llnw, or off. auto: adobe where users are the only ones with credentials.",
  }),
};

export const PLAY: Section<StreamAccess> = {
  allow: networks<Networks | "auto">("allow", {
    default: Networks.ALL,
    description: "The addresses that may play.",
  }),
  deny: DENY,
  ...CREDENTIALS,
  users: userNames("users", "none", "The users that may play: all, none, or a list of names."),
  jwt: flag("jwt", {
    default: false,
    reload: "live",
    description: "Whether playing asks for a token, which needs `access.jwt`.",
  }),
};
