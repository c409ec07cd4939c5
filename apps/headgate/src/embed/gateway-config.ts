// Written by npm run generate from the declarations of the keys.

/**
 * The configuration of a gateway: the keys of the configuration file, as they are written there. What is left
 * out has its default, as in the file.
 */
export interface GatewayConfig {
  /**
   * Where encoders and players connect. Each entry of the list is an address; it is an error if Headgate
   * cannot listen there. Without this list there are three listeners, 1935, 80 and 443, with 8080 and 8443
   * instead where the last two are not available.
   */
  readonly listeners?: readonly {
    /** The TCP port that encoders and players connect to. Default: 1935. */
    readonly port?: number;
    /** The address to listen on; "::" is every address, IPv6 and IPv4. Default: ::. */
    readonly host?: string;
    /** The protocols accepted there, recognised by the first bytes of a connection. */
    readonly protocols?: readonly ("rtmp" | "rtmps" | "http" | "https")[];
    /** For rtmps and https. */
    readonly tls?: {
      /**
       * PEM files, read again when they change. Chosen by the host name that a client asks for; the first is
       * also for clients that send none. If no listener has any, a development certificate is used, and made
       * if necessary: certs/.
       */
      readonly certificates?: readonly {
        /** The certificate, followed by those up to its authority, in PEM form. */
        readonly cert: string;
        /** Its private key, in PEM form. */
        readonly key: string;
      }[];
      /**
       * TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3. The first two are not safe: only for players that have nothing
       * newer. Default: TLSv1.2.
       */
      readonly minVersion?: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
      /** rtmpdump and other programs with librtmp need TLSv1.2 here. Default: TLSv1.3. */
      readonly maxVersion?: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
      /**
       * A certificate that Headgate obtains itself from an authority such as Let's Encrypt, and renews. It is
       * used beside `certificates`.
       */
      readonly acme?: {
        /**
         * Host names for which Headgate obtains one certificate and renews it. The authority must reach this
         * server by each of them, on port 80 or 443. Naming one agrees to the authority's terms of service.
         */
        readonly domains?: readonly string[];
        /** Where the authority may write to. Not every authority wants it. */
        readonly email?: string;
        /**
         * The authority. https://acme-staging-v02.api.letsencrypt.org/directory is for trials: its
         * certificates are not trusted, and its limits are high. Default:
         * https://acme-v02.api.letsencrypt.org/directory.
         */
        readonly directory?: string;
        /**
         * Where the account's key and the certificates are kept, for the owner alone. It must outlive the
         * process: authorities issue the same certificate a few times a week only. Default: acme.
         */
        readonly folder?: string;
      };
    };
    /**
     * Load balancers, as addresses or networks (10.0.0.0/8), whose PROXY protocol headers are believed (from
     * all others they are refused), and HTTP proxies whose trustedHeader is believed.
     */
    readonly trustedProxies?: readonly string[];
    /**
     * The header in which trusted HTTP proxies name the client of a request: X-Forwarded-For or Forwarded.
     * Only this one is read, because the client may have written the other one itself. Default:
     * X-Forwarded-For.
     */
    readonly trustedHeader?: "X-Forwarded-For" | "Forwarded";
  }[];
  /**
   * Processes that share the work: each accepts connections on every port, and a stream published in one can
   * be watched in all. auto: one per processor. The limits hold for each process. Default: 1.
   */
  readonly workers?: number | "auto";
  /**
   * Whether what viewers get outside of TLS goes past Node's sockets to the system, and what it has of
   * recordings in memory is read past Node's threads, which costs less. Only where `npm run build` has found
   * a C compiler; everything works without. Default: true.
   */
  readonly directSend?: boolean;
  /**
   * The admin HTTP server: GET /healthz, /metrics and the API, which /api/v1/docs describes. Without
   * `tokens`, `oidc` or `tls.clientCa` it answers everybody who reaches it.
   */
  readonly admin?: {
    /** The address to listen on. Default: 127.0.0.1. */
    readonly host?: string;
    /** The TCP port. Default: 1985. */
    readonly port?: number;
    /**
     * Host names for which it answers, such as [headgate.internal], besides IP addresses, localhost and
     * `host`. Requests for any other name are refused, because a web page can point its own name here.
     */
    readonly hosts?: readonly string[];
    /**
     * Who may use the admin server: with tokens, every request but GET /healthz and /readyz needs one of
     * them. These, `oidc` or `tls.clientCa` are required where `host` can be reached from other machines.
     */
    readonly tokens?: readonly {
      /** For the log. */
      readonly name: string;
      /** Its hash, as `headgate token` prints it. */
      readonly hash: string;
      /**
       * What it allows: read everything but the configuration, control (kick, close, redirect, ban and
       * drain), config (read and reload the configuration).
       */
      readonly scopes?: readonly ("read" | "control" | "config")[];
    }[];
    /** Tokens of an OpenID Connect provider, beside or in place of `tokens`: Authorization: Bearer JWT. */
    readonly oidc?: {
      /**
       * The provider: the URL before /.well-known/openid-configuration, as in the claim iss of its tokens.
       * Its keys are found and fetched from there.
       */
      readonly issuer?: string;
      /** Whom the tokens must be for (aud), such as headgate. Required with `issuer`. */
      readonly audience?: string;
      /**
       * The claim that says what a token allows: a list, or a text with spaces. Dots lead into objects, as in
       * realm_access.roles. Default: scope.
       */
      readonly scopesClaim?: string;
      /**
       * What each value of that claim allows, such as { operators: [read, control] }. If it is empty:
       * headgate:read, headgate:control and headgate:config allow what they say.
       */
      readonly scopes?: Readonly<Record<string, readonly ("read" | "control" | "config")[]>>;
    };
    /**
     * HTTPS for the admin server, and the certificates of clients that may use it, beside or in place of
     * `tokens`.
     */
    readonly tls?: {
      /**
       * The certificate, followed by those up to its authority, in PEM form. With it the admin server speaks
       * HTTPS alone. Read again when it changes.
       */
      readonly cert?: string;
      /** Its private key, in PEM form. */
      readonly key?: string;
      /** The authorities that clients' certificates must be from (mTLS), in PEM form. */
      readonly clientCa?: string;
      /**
       * Which of those certificates may do what: the first entry that fits counts, and a certificate without
       * one may do nothing.
       */
      readonly clients?: readonly {
        /**
         * The subject of their certificates: CN=ops, O=Example. Each attribute that is named here must be the
         * same there; others do not count.
         */
        readonly subject: string;
        /** What they may do, as for a token. */
        readonly scopes?: readonly ("read" | "control" | "config")[];
      }[];
    };
    /**
     * Other servers' APIs for dashboards that know them: nginx-rtmp (/stat and /control), mediamtx (/v3,
     * reading only).
     */
    readonly compatibility?: readonly ("nginx-rtmp" | "mediamtx")[];
    /**
     * How many streams have numbers of their own in /metrics, with the labels `application` and `stream`. The
     * others count together as `other`. Each costs Prometheus nine series for as long as it is published. 0:
     * none has. Default: 0.
     */
    readonly streamMetrics?: number;
  };
  /** HTTP on the media ports, other than tunnels. */
  readonly http?: {
    /**
     * The web server that gets all requests but those of tunnels, GET /healthz and /readyz, as
     * "http://127.0.0.1:8134"; without it they get a notice.
     */
    readonly webServer?: string;
  };
  /** RTMP through HTTP (RTMPT). */
  readonly tunnel?: {
    /**
     * The beginning of this process's session ids, so that a load balancer can tell where a request belongs:
     * at most 7 small letters and digits.
     */
    readonly node?: string;
    /**
     * Payload of one HTTP reply, for proxies that limit downloads. A lower value is slower over a distance.
     * Default: 128KiB.
     */
    readonly maxReplyBytes?: number | string;
  };
  /**
   * Connections to other servers: pull, push, proxy and hooks. HTTP proxies are taken from http_proxy,
   * https_proxy and no_proxy, but for hooks.
   */
  readonly outward?: {
    /** A file with trusted authorities, in PEM form, instead of the usual ones. */
    readonly caFile?: string;
    /** Accept certificates that cannot be verified. Default: false. */
    readonly insecure?: boolean;
  };
  /** What is logged, and how. */
  readonly log?: {
    /** The lowest level that is logged: fatal, error, warn, info, debug or trace. Default: info. */
    readonly level?: "fatal" | "error" | "warn" | "info" | "debug" | "trace";
    /** pretty or json; auto is pretty on a terminal and json elsewhere. Default: auto. */
    readonly format?: "auto" | "pretty" | "json";
    /** Sessions whose protocol is logged, whatever the level is. */
    readonly trace?: {
      /** The sessions of the peer with this IP address. */
      readonly address?: string;
      /** The sessions that publish or play the stream with this path. */
      readonly stream?: string;
    };
  };
  /** The outgoing chunk size, for every connection. Default: 60000. */
  readonly chunkSize?: number | string;
  /**
   * The window acknowledgement size sent to every peer: after this many bytes a peer reports what it has
   * received. Default: 2500000.
   */
  readonly ackWindow?: number | string;
  /**
   * Whether peers may use RTMPE (rtmpe://), on every port and transport. It is for old players that insist on
   * it; it keeps nothing secret. Default: true.
   */
  readonly rtmpe?: boolean;
  /**
   * How messages for viewers are gathered into fewer writes as load grows. A process with little to do writes
   * pictures at once. `merge: latency` writes everything at once, whatever it costs.
   */
  readonly merge?: "latency" | {
    /**
     * The longest time that sound waits for the next picture, to be written with it. 0s: never. Default:
     * 40ms.
     */
    readonly soundWait?: string;
    /** The longest time that messages are gathered for one write to a viewer. 0s: never. Default: 100ms. */
    readonly maxWindow?: string;
    /**
     * The same while the process is busy for more than 60 percent of its time although it gathers for
     * `maxWindow`. Default: 350ms.
     */
    readonly maxWindowUnderLoad?: string;
    /**
     * How busy the process may be, as a percentage of its time, before it gathers more: a lower value saves
     * work, a higher one latency. Default: 15.
     */
    readonly targetUtilizationPercent?: number;
  };
  /** How the sessions are handed over before the server ends. */
  readonly drain?: {
    /**
     * From SIGTERM, or `headgate drain`, to the end of the sessions that are left then. A supervisor must
     * wait for longer. 0s: no draining. Default: 5s.
     */
    readonly timeout?: string;
    /**
     * From the signal until new clients are refused and the first are asked to connect again: until then
     * everybody is served, and load balancers, which ask /readyz, must have heard. Of the rest of the time,
     * publishers are asked in the first quarter, and viewers in the second. Default: 2s.
     */
    readonly wait?: string;
  };
  /** What one process accepts before it refuses. */
  readonly limits?: {
    /**
     * Open connections in total. auto: as many as fit what `maxLogBytes` and `maxInputBytes` leave of three
     * quarters of the memory, 96KiB each, 10000 at most. Each needs a file descriptor: see `ulimit -n`.
     * Default: auto.
     */
    readonly maxConnections?: number | "auto";
    /**
     * Open connections from one address, or one IPv6 /64; a company's proxy is one address. auto: half of
     * `maxConnections`, 5000 at most. Default: auto.
     */
    readonly maxConnectionsPerAddress?: number | "auto";
    /**
     * Streams with a publisher; those that only wait for one do not count. auto: as many as fit half of
     * `maxLogBytes`, 64KiB each, 5000 at most. Default: auto.
     */
    readonly maxStreams?: number | "auto";
    /**
     * The same for publishers of one address, or one IPv6 /64. auto: half of `maxStreams`, 2500 at most.
     * Default: auto.
     */
    readonly maxStreamsPerAddress?: number | "auto";
    /** Streams without a publisher that viewers wait for. Default: 5000. */
    readonly maxWaitingStreams?: number;
    /** The same for viewers of one address. Default: 256. */
    readonly maxWaitingStreamsPerAddress?: number;
    /**
     * Memory for the media of all streams together. auto: a quarter of the memory of this machine or
     * container, shared by the workers, 1GiB at most for each. Default: auto.
     */
    readonly maxLogBytes?: number | string | "auto";
    /**
     * Unfinished messages, requests of tunnels, and replies that are not read, of all connections together.
     * auto: an eighth of the memory, 512MiB at most. Default: auto.
     */
    readonly maxInputBytes?: number | string | "auto";
    /** One message, which is one video frame; RTMP itself allows 16MiB. Default: 8MiB. */
    readonly maxMessageBytes?: number | string;
    /** Unfinished messages of one connection together. Default: 16MiB. */
    readonly maxPartialBytes?: number | string;
    /** Chunk streams one connection may use; Flash has up to five for each NetStream. Default: 168. */
    readonly maxChunkStreams?: number;
    /** NetStreams open at once on one connection. Default: 32. */
    readonly maxNetStreams?: number;
    /** Nesting of the values in one command. Default: 32. */
    readonly maxAmfDepth?: number;
    /** Values in one command. Default: 10000. */
    readonly maxAmfValues?: number;
    /** Replies a peer may leave unread before it is disconnected; media does not count. Default: 256KiB. */
    readonly maxPendingOutputBytes?: number | string;
    /** Streams that are fetched from one origin, each over a connection of its own. Default: 1000. */
    readonly maxPullsPerOrigin?: number;
  };
  /** How long each state of a connection may last. */
  readonly timeouts?: {
    /** From the connection to its first byte. Default: 10s. */
    readonly firstByte?: string;
    /** From the first byte to the handshake's end; a TLS handshake has the same time. Default: 10s. */
    readonly handshake?: string;
    /** From the handshake to an accepted connect. Default: 10s. */
    readonly connect?: string;
    /** The time after which a silent peer is sent a ping. Default: 15s. */
    readonly pingInterval?: string;
    /** The time a silent peer has to answer that ping. Default: 15s. */
    readonly pingTimeout?: string;
    /** The time in which a viewer must take a byte while media waits for it. Default: 1m. */
    readonly stall?: string;
    /** The time a connection has for its last bytes, and the whole process to end. Default: 800ms. */
    readonly close?: string;
    /** The time the server has to decide on a request. Default: 8s. */
    readonly policy?: string;
  };
  /** Who may connect, publish and play. */
  readonly access?: {
    /** Which addresses may connect at all. Their connections end at `connect`. */
    readonly connect?: {
      /** The addresses that may connect. */
      readonly allow?: string | readonly string[];
      /** The addresses that may not, although they are allowed. */
      readonly deny?: string | readonly string[];
    };
    /**
     * Users by name, each with a password or, better, with the hashes that `headgate key --user NAME` prints.
     * Publishing asks for one of them, playing only where `play.users` says so.
     */
    readonly users?: Readonly<Record<string, string | readonly string[]>>;
    /**
     * Signed tokens (JWT) that say who may publish and play what. Publishing asks for one, playing only where
     * `play.jwt` says so.
     */
    readonly jwt?: {
      /** Where the public keys are that sign tokens (JWKS): https://auth.example.com/.well-known/jwks.json. */
      readonly jwks?: string;
      /** In place of jwks: the secret of tokens that are signed with HS256, HS384 or HS512. */
      readonly secret?: string;
      /** In place of jwks: the public key, as PEM with its lines. */
      readonly publicKey?: string;
      /** Who must have issued the tokens (iss); anybody if it is empty. */
      readonly issuer?: string;
      /** For whom they must be (aud); for anybody if it is empty. */
      readonly audience?: string;
    };
    /**
     * Limits of streams and people, besides those of applications (`applications.live.play.maxViewers`). All
     * that apply hold.
     */
    readonly limits?: readonly {
      /** The streams it is about, by their paths: a star stands for any characters. All without this. */
      readonly streams?: string;
      /**
       * The people it is about, by the identity that a key, a user, a token or a hook gives them. Everybody
       * without this, also without an identity; `*`: everybody with one.
       */
      readonly identities?: string;
      /**
       * What its numbers count: all that it is about together (all), or each stream, identity or address (an
       * IPv6 /64 is one) by itself. Default: all.
       */
      readonly each?: "all" | "stream" | "identity" | "address";
      /**
       * Connections that have named the application in `connect`, or publish or play a stream of it. In all
       * workers together.
       */
      readonly maxConnections?: number | "";
      /** Of publishers. */
      readonly publish?: {
        /** Streams that are published by clients at once. In all workers together. */
        readonly maxPublishers?: number | "";
        /** The bitrate of each publication over ten seconds: video, audio and data. */
        readonly maxBitrate?: number | string;
        /** The same of all publications together. In all workers together. */
        readonly maxTotalBitrate?: number | string;
        /** The video codecs that may be published, as [H264, HEVC]; all if there are none in the list. */
        readonly videoCodecs?: readonly ("H264" | "HEVC" | "AV1" | "VP9" | "VP8" | "VVC" | "VP6" | "Sorenson H.263" | "Screen Video" | "JPEG")[];
        /** The same of audio. */
        readonly audioCodecs?: readonly ("AAC" | "Opus" | "MP3" | "FLAC" | "AC-3" | "E-AC-3" | "Speex" | "PCM" | "ADPCM" | "Nellymoser")[];
        /**
         * The largest pictures, as 1920x1080: by the publisher's metadata, and by the bitstream of H.264,
         * HEVC, AV1 and VP9. Turned on their side they count the same.
         */
        readonly maxResolution?: string;
        /** How long one publication may last. */
        readonly maxDuration?: string;
        /** How long a publisher may send nothing. */
        readonly maxIdle?: string;
      };
      /** Of viewers. */
      readonly play?: {
        /** Viewers at once; a client that plays two streams is two. In all workers together. */
        readonly maxViewers?: number | "";
        /** The bitrate over ten seconds of a stream that is played. */
        readonly maxBitrate?: number | string;
        /**
         * The same of all viewings together: what viewers are sent, if none of them lags. In all workers
         * together.
         */
        readonly maxTotalBitrate?: number | string;
        /** How long one viewing may last. */
        readonly maxDuration?: string;
      };
    }[];
    /**
     * Programs that are asked over HTTP who may connect, publish and play, one after the other; all must
     * allow it. They are told what happens, too.
     */
    readonly hooks?: readonly {
      /** Where it is asked. */
      readonly url: string;
      /**
       * How it is asked: as SRS asks its http_hooks (srs), nginx-rtmp its on_* URLs (nginx-rtmp), MediaMTX
       * its authHTTPAddress (mediamtx), or in Headgate's own way (headgate). Default: headgate.
       */
      readonly dialect?: "headgate" | "srs" | "nginx-rtmp" | "mediamtx";
      /** With it requests are signed, in the header X-Headgate-Signature. */
      readonly secret?: string;
      /** What is decided if it cannot be asked, or answers nothing that can be understood. Default: deny. */
      readonly onFailure?: "deny" | "allow";
      /**
       * What it is asked and told, such as [publish, unpublish]: connect, publish, play, update, unpublish,
       * stop, close, done, recordingBegun, recordingComplete, recordingFailed. Without it: publish and play
       * with nginx-rtmp and mediamtx, and everything but update with srs and headgate.
       */
      readonly events?: readonly ("connect" | "publish" | "play" | "update" | "unpublish" | "stop" | "close" | "done" | "recordingBegun" | "recordingComplete" | "recordingFailed")[];
      /** The time to answer, with the time to connect; less than `timeouts.policy`. Default: 3s. */
      readonly timeout?: string;
      /**
       * How long it is not asked again about the same request of the same address, once it has allowed it;
       * 0s: it is always asked. Default: 0s.
       */
      readonly cache?: string;
      /** How often `update` is sent for each stream that is published or played. Default: 30s. */
      readonly updateInterval?: string;
    }[];
  };
  /** Where recordings are, and which of them are kept. */
  readonly recording?: {
    /** The folder of all recordings. Nothing is written outside of it. Default: ./recordings. */
    readonly root?: string;
    /**
     * Which recordings are kept: all of them unless something is said. The oldest is deleted first, and none
     * while it is written.
     */
    readonly keep?: {
      /** How long a recording is kept after its end. */
      readonly age?: string;
      /** How large all recordings may be together. */
      readonly size?: number | string;
      /** How much of the disk stays free. */
      readonly freeDisk?: string;
    };
    /** Where recordings are sent when they are finished. */
    readonly upload?: {
      /**
       * The URL of an HTTP server that gets each recording when it is finished. {file} stands for its path
       * below the root; without it that is added to the URL's path.
       */
      readonly url?: string;
      /** How it is sent there. The file is the body. Default: PUT. */
      readonly method?: "PUT" | "POST";
      /**
       * A program that is run for each recording when it is finished, and its arguments, in place of the URL.
       * {path} stands for where the file is, {file} for its path below the root, in which the program runs.
       * There is no shell.
       */
      readonly command?: readonly string[] | "";
      /** The time for one file. What takes longer is tried again. Default: 1h. */
      readonly timeout?: string;
      /** How many files are sent at the same time. Default: 2. */
      readonly atOnce?: number;
    };
  };
  /**
   * Options by application, which is the first part of a stream's path: rtmp://host/APPLICATION/stream. "*"
   * is every other application, and the others inherit from it. Without "*", only the applications named here
   * exist. "//tv.example.com/live" is the application `live` for clients that use that host name, with
   * streams of its own; "//tv.example.com/*" is every other there.
   */
  readonly applications?: Readonly<Record<string, {
    /**
     * When a stream that has a publisher is published again: reject the second publisher, or let it take over
     * (takeover). Default: reject.
     */
    readonly publisherPolicy?: "reject" | "takeover";
    /** How long viewers wait for a publisher that has left; 0s: not at all. Default: 10s. */
    readonly resumeWindow?: string;
    /**
     * A viewer that is too far behind jumps to the newest keyframe (jump), or is dropped (drop). Default:
     * jump.
     */
    readonly lagPolicy?: "jump" | "drop";
    /**
     * A viewer starts at the newest keyframe if it is no older than this; 0s: always at the next (least
     * latency). Default: 12s.
     */
    readonly gopCache?: string;
    /**
     * A viewer that waits for a keyframe has sound at once, and pictures after this time with or without one.
     * Default: 3s.
     */
    readonly keyframeWait?: string;
    /**
     * How much of a stream is kept for a viewer that reads slowly; one further behind is too far behind.
     * Default: 20s.
     */
    readonly retention?: string;
    /** The same, in bytes. Default: 24MiB. */
    readonly retentionSize?: number | string;
    /**
     * Only players made of one of these SWFs may play, over RTMP with a digest or RTMPE; `headgate swf FILE`
     * prints the lines.
     */
    readonly swfVerification?: readonly {
      /** Its size in bytes when it is not compressed. */
      readonly size: number;
      /** Its hash, as `headgate swf FILE` prints it. */
      readonly hash: string;
    }[];
    /** Who may publish: by address, and with credentials, of which one will do; and how much. */
    readonly publish?: {
      /**
       * The addresses that may publish: addresses, networks (10.0.0.0/8), and the words all, private (this
       * machine and private networks) and loopback. auto: private, or all where credentials are asked for.
       * Default: auto.
       */
      readonly allow?: string | readonly string[];
      /** The addresses that may not, although they are allowed. */
      readonly deny?: string | readonly string[];
      /**
       * The key that is asked for, as it is or as the hash that `headgate key` prints:
       * rtmp://HOST/APPLICATION/STREAM?key=KEY.
       */
      readonly key?: string;
      /** The same for several: { studio: KEY, van: KEY }. The name of the one whose key is used is in the log. */
      readonly keys?: Readonly<Record<string, string>>;
      /** URLs that are signed and expire, as other servers and CDNs have them. `headgate sign URL` prints one. */
      readonly signedUrl?: {
        /**
         * How they are signed: as nginx (secure_link), tencent, aliyun (type A), akamai (edge authorization),
         * wowza (SecureToken 2) or nms (node-media-server). Default: off.
         */
        readonly preset?: "off" | "nginx" | "tencent" | "aliyun" | "akamai" | "wowza" | "nms";
        /** The secret with which they are signed; with a list, the first signs and all are accepted. */
        readonly secret?: string | readonly string[];
        /** For tencent and wowza: the hash. auto: md5 for tencent, sha256 for wowza. Default: auto. */
        readonly hash?: "auto" | "md5" | "sha256" | "sha384" | "sha512";
        /**
         * For wowza: how its parameters begin, wowzatoken if this is empty. For akamai: the name of the
         * token's parameter, hdnts if this is empty.
         */
        readonly prefix?: string;
        /**
         * For nginx: what is hashed, as in `secure_link_md5`. With $remote_addr in it, a URL is for one
         * client. Default: $secure_link_expires$uri $secret.
         */
        readonly expression?: string;
        /** For aliyun: how long a URL is valid after it was signed. Default: 30m. */
        readonly validity?: string;
      };
      /** The users that may publish: all, none, or a list of names. Default: all. */
      readonly users?: "all" | "none" | readonly string[];
      /** Whether tokens let publish, if `access.jwt` is configured. Default: true. */
      readonly jwt?: boolean;
      /**
       * How encoders are asked for a user and a password at `connect`: adobe (OBS, FFmpeg, GStreamer, FMLE),
       * llnw, or off. auto: adobe where users are the only ones with credentials. Default: auto.
       */
      readonly authmod?: "auto" | "off" | "adobe" | "llnw";
      /** Streams that are published by clients at once. In all workers together. */
      readonly maxPublishers?: number | "";
      /** The bitrate of each publication over ten seconds: video, audio and data. */
      readonly maxBitrate?: number | string;
      /** The same of all publications together. In all workers together. */
      readonly maxTotalBitrate?: number | string;
      /** The video codecs that may be published, as [H264, HEVC]; all if there are none in the list. */
      readonly videoCodecs?: readonly ("H264" | "HEVC" | "AV1" | "VP9" | "VP8" | "VVC" | "VP6" | "Sorenson H.263" | "Screen Video" | "JPEG")[];
      /** The same of audio. */
      readonly audioCodecs?: readonly ("AAC" | "Opus" | "MP3" | "FLAC" | "AC-3" | "E-AC-3" | "Speex" | "PCM" | "ADPCM" | "Nellymoser")[];
      /**
       * The largest pictures, as 1920x1080: by the publisher's metadata, and by the bitstream of H.264, HEVC,
       * AV1 and VP9. Turned on their side they count the same.
       */
      readonly maxResolution?: string;
      /** How long one publication may last. */
      readonly maxDuration?: string;
      /** How long a publisher may send nothing. */
      readonly maxIdle?: string;
    };
    /** Who may play, in the same way, and how many. */
    readonly play?: {
      /** The addresses that may play. */
      readonly allow?: string | readonly string[];
      /** The addresses that may not, although they are allowed. */
      readonly deny?: string | readonly string[];
      /**
       * The key that is asked for, as it is or as the hash that `headgate key` prints:
       * rtmp://HOST/APPLICATION/STREAM?key=KEY.
       */
      readonly key?: string;
      /** The same for several: { studio: KEY, van: KEY }. The name of the one whose key is used is in the log. */
      readonly keys?: Readonly<Record<string, string>>;
      /** URLs that are signed and expire, as other servers and CDNs have them. `headgate sign URL` prints one. */
      readonly signedUrl?: {
        /**
         * How they are signed: as nginx (secure_link), tencent, aliyun (type A), akamai (edge authorization),
         * wowza (SecureToken 2) or nms (node-media-server). Default: off.
         */
        readonly preset?: "off" | "nginx" | "tencent" | "aliyun" | "akamai" | "wowza" | "nms";
        /** The secret with which they are signed; with a list, the first signs and all are accepted. */
        readonly secret?: string | readonly string[];
        /** For tencent and wowza: the hash. auto: md5 for tencent, sha256 for wowza. Default: auto. */
        readonly hash?: "auto" | "md5" | "sha256" | "sha384" | "sha512";
        /**
         * For wowza: how its parameters begin, wowzatoken if this is empty. For akamai: the name of the
         * token's parameter, hdnts if this is empty.
         */
        readonly prefix?: string;
        /**
         * For nginx: what is hashed, as in `secure_link_md5`. With $remote_addr in it, a URL is for one
         * client. Default: $secure_link_expires$uri $secret.
         */
        readonly expression?: string;
        /** For aliyun: how long a URL is valid after it was signed. Default: 30m. */
        readonly validity?: string;
      };
      /** The users that may play: all, none, or a list of names. Default: none. */
      readonly users?: "all" | "none" | readonly string[];
      /** Whether playing asks for a token, which needs `access.jwt`. Default: false. */
      readonly jwt?: boolean;
      /** Viewers at once; a client that plays two streams is two. In all workers together. */
      readonly maxViewers?: number | "";
      /** The bitrate over ten seconds of a stream that is played. */
      readonly maxBitrate?: number | string;
      /**
       * The same of all viewings together: what viewers are sent, if none of them lags. In all workers
       * together.
       */
      readonly maxTotalBitrate?: number | string;
      /** How long one viewing may last. */
      readonly maxDuration?: string;
    };
    /**
     * Connections that have named the application in `connect`, or publish or play a stream of it. In all
     * workers together.
     */
    readonly maxConnections?: number | "";
    /**
     * Where to fetch a stream that is played but not published here, once for all viewers: a URL, or a list
     * whose first healthy server is used. The stream's name is appended to the application unless the URL has
     * it: rtmp://host/live/{stream}.
     */
    readonly pull?: string | readonly string[];
    /** How long it is fetched after its last viewer has left. Default: 10s. */
    readonly pullIdle?: string;
    /**
     * Where each published stream is sent: a URL, or a list, all of which get it. {app}, {stream} and {key}
     * (the stream with its query) are filled in: rtmps://ingest.example.net/app/{key}.
     */
    readonly push?: string | readonly string[];
    /**
     * For some streams, other servers than pull and push: the first route whose pattern matches; * stands for
     * any characters.
     */
    readonly routes?: readonly {
      /** The names of the streams; * stands for any characters. */
      readonly streams: string;
      /** Where to fetch these streams. */
      readonly pull?: string | readonly string[];
      /** Where these streams are sent. */
      readonly push?: string | readonly string[];
    }[];
    /**
     * The server to which whole sessions are passed through: rtmp://10.0.0.6. With an application in the URL,
     * `connect` is rewritten to it; {app} is the client's.
     */
    readonly proxy?: string;
    /** Whether that server gets the client's address in a PROXY protocol header, version 2. Default: false. */
    readonly proxyProtocol?: boolean;
    /** The same for the streams of this application alone, after those of `access`. */
    readonly hooks?: readonly {
      /** Where it is asked. */
      readonly url: string;
      /**
       * How it is asked: as SRS asks its http_hooks (srs), nginx-rtmp its on_* URLs (nginx-rtmp), MediaMTX
       * its authHTTPAddress (mediamtx), or in Headgate's own way (headgate). Default: headgate.
       */
      readonly dialect?: "headgate" | "srs" | "nginx-rtmp" | "mediamtx";
      /** With it requests are signed, in the header X-Headgate-Signature. */
      readonly secret?: string;
      /** What is decided if it cannot be asked, or answers nothing that can be understood. Default: deny. */
      readonly onFailure?: "deny" | "allow";
      /**
       * What it is asked and told, such as [publish, unpublish]: connect, publish, play, update, unpublish,
       * stop, close, done, recordingBegun, recordingComplete, recordingFailed. Without it: publish and play
       * with nginx-rtmp and mediamtx, and everything but update with srs and headgate.
       */
      readonly events?: readonly ("connect" | "publish" | "play" | "update" | "unpublish" | "stop" | "close" | "done" | "recordingBegun" | "recordingComplete" | "recordingFailed")[];
      /** The time to answer, with the time to connect; less than `timeouts.policy`. Default: 3s. */
      readonly timeout?: string;
      /**
       * How long it is not asked again about the same request of the same address, once it has allowed it;
       * 0s: it is always asked. Default: 0s.
       */
      readonly cache?: string;
      /** How often `update` is sent for each stream that is published or played. Default: 30s. */
      readonly updateInterval?: string;
    }[];
    /** Recording of the application's streams while they are published. */
    readonly record?: {
      /**
       * mp4: fragmented MP4 while it is written, which plays at any moment, and an ordinary MP4 when it is
       * finished; what MP4 cannot hold is written as FLV. flv: every codec, as it was sent. off: nothing is
       * recorded. Default: off.
       */
      readonly format?: "off" | "mp4" | "flv";
      /**
       * always: a stream is recorded while it is published. asked: when its publisher asks for it (publish as
       * "record", "append" or "appendWithGap"), or when it is started over the API. Default: always.
       */
      readonly when?: "always" | "asked";
      /**
       * The names of the streams that are recorded, or that publishers may have recorded; * stands for any
       * characters. Default: *.
       */
      readonly streams?: string;
      /** After how long a new file begins, at the next keyframe. Default: 1h. */
      readonly segment?: string;
      /** After how many bytes a new file begins, at the next keyframe. Default: 16GiB. */
      readonly segmentSize?: number | string;
      /**
       * The path of a recording below the root, without its ending: {app}, {stream}, and the time of its
       * first frame in UTC (%Y %m %d %H %M %S, %f milliseconds, %s seconds since 1970). If there is such a
       * file, a number is added. Default: {app}/{stream}/%Y-%m-%d/%H-%M-%S.
       */
      readonly name?: string;
    };
    /**
     * The folder of the files that can be played, FLV, MP4 and MP3: rtmp://host/live/mp4:folder/name.mp4.
     * Without it that is the application's folder in `recording.root`, if the application records.
     */
    readonly vod?: string;
    /**
     * Streams that the server itself publishes: files and live streams in a row. A playlist whose keys change
     * begins anew; its viewers stay.
     */
    readonly playlists?: Readonly<Record<string, {
      /** Whether it begins again after its last item. Default: false. */
      readonly loop?: boolean;
      /** What is played, one after the other. */
      readonly items?: readonly {
        /** A file of the application's recordings or of its `vod`, by the name with which it is played. */
        readonly file?: string;
        /** In place of a file a live stream: the name of one of this application, or a path such as other/cam. */
        readonly live?: string;
        /** Where in the file it begins: at the keyframe at or before. Default: 0s. */
        readonly start?: string;
        /** How long it is on: from `start`, or else to its end. */
        readonly duration?: string;
      }[];
      /** In place of `items` lists that take over at their times: the one whose time came last is on. */
      readonly schedule?: readonly {
        /** When it takes over: a moment, or a time of each day in UTC. */
        readonly at: string;
        /** Whether it begins again after its last item. Default: false. */
        readonly loop?: boolean;
        /** What is played, one after the other. */
        readonly items?: readonly {
          /** A file of the application's recordings or of its `vod`, by the name with which it is played. */
          readonly file?: string;
          /**
           * In place of a file a live stream: the name of one of this application, or a path such as
           * other/cam.
           */
          readonly live?: string;
          /** Where in the file it begins: at the keyframe at or before. Default: 0s. */
          readonly start?: string;
          /** How long it is on: from `start`, or else to its end. */
          readonly duration?: string;
        }[];
      }[];
    }>>;
    /**
     * Whether its streams are played and published as FLV over HTTP and WebSockets, at
     * /APPLICATION/STREAM.flv of the ports that take HTTP. Default: true.
     */
    readonly httpFlv?: boolean;
  }>>;
}
