import { ProtocolError } from "@headgate/bytes";
import {
  CLIENT_KEYS,
  type DigestLayout,
  findDigest,
  isSignedAnswer,
  SERVER_KEYS,
  signAnswer,
  writeDigest,
} from "./digest.ts";
import type { Handshake, HandshakeResult } from "./handshake.ts";
import {
  fillPacket,
  isEcho,
  majorVersion,
  PACKET_LENGTH,
  type SoftwareVersion,
  swfVerificationKeyOf,
  VERSION_AND_PACKET_LENGTH,
  versionText,
} from "./packet.ts";
import { PacketCollector } from "./packet-collector.ts";
import type { RandomBytes } from "./random-bytes.ts";
import {
  RTMP_VERSION,
  RTMPE_VERSIONS,
  type RtmpeVersion,
  type RtmpVersion,
  requireRtmpVersion,
} from "./rtmp-version.ts";
import { type KeyPair, newKeyPair } from "./rtmpe/diffie-hellman.ts";
import { agreeWithServer, publicKeyIn } from "./rtmpe/key-exchange.ts";
import type { StreamCiphers } from "./stream-cipher.ts";

/** The version FFmpeg claims, so there is no server in the field that has not met it. */
const CLIENT_VERSION: SoftwareVersion = [9, 0, 124, 2];

/** The version that librtmp and FFmpeg claim when they ask for RTMPE. */
const RTMPE_CLIENT_VERSION: SoftwareVersion = [128, 0, 3, 2];

/** The digest came with Flash Media Server 3: a server that claims less, or nothing, does not promise one. */
const FIRST_DIGEST_MAJOR_VERSION = 3;

export interface ClientHandshakeOptions {
  readonly random: RandomBytes;
  readonly kind: "simple" | "digest" | "rtmpe";
  /** Places the digest in C1: A as FFmpeg does, or B as Flash Player and librtmp do. */
  readonly layout?: DigestLayout;
  /** Which RTMPE to ask for: 6 as librtmp and FFmpeg do, or 8 or 9 as Flash Player from version 10 on. */
  readonly rtmpeVersion?: RtmpeVersion;
}

/** The parts of C0 and C1 that are needed later. */
interface ClientHello {
  readonly c0c1: Uint8Array;
  readonly digest?: Uint8Array;
  readonly keyPair?: KeyPair;
}

/** The parts of S0 and S1 that are needed until S2 arrives. */
interface ServerHello {
  readonly rtmpVersion: RtmpVersion;
  readonly version: string;
  readonly majorVersion: number;
  /** Of the valid digest in S1, if there was one. */
  readonly layout: DigestLayout | undefined;
  readonly ciphers: StreamCiphers | undefined;
}

/**
 * Sends C0 and C1 at once, C2 as soon as S1 is there, and is done with S2. Asked for the digest handshake it settles for
 * the simple one where a server does not speak more. Asked for the simple one it verifies nothing, as all clients do. Asked
 * for RTMPE it takes that or fails: nothing is sent in the clear that was not to be.
 */
export class ClientHandshake implements Handshake {
  readonly #random: RandomBytes;
  readonly #kind: ClientHandshakeOptions["kind"];
  readonly #own: ClientHello;
  readonly #s0s1 = new PacketCollector(VERSION_AND_PACKET_LENGTH);
  readonly #s2 = new PacketCollector(PACKET_LENGTH);
  #version: RtmpVersion = RTMP_VERSION;
  #hello: ServerHello | undefined;
  #result: HandshakeResult | undefined;
  #output: Uint8Array | undefined;
  #swfVerificationKey: Uint8Array | undefined;

  constructor(options: ClientHandshakeOptions) {
    this.#random = options.random;
    this.#kind = options.kind;
    this.#own = newHello(options);
    this.#output = this.#own.c0c1;
  }

  get result(): HandshakeResult | undefined {
    return this.#result;
  }

  get swfVerificationKey(): Uint8Array | undefined {
    return this.#swfVerificationKey;
  }

  get bufferedBytes(): number {
    return this.#s0s1.bufferedBytes + this.#s2.bufferedBytes;
  }

  receive(bytes: Uint8Array): number {
    const taken = this.#hello ? 0 : this.#receiveS0S1(bytes);
    if (!this.#hello || this.#result) return taken;
    return taken + this.#receiveS2(this.#hello, bytes.subarray(taken));
  }

  takeOutput(): Uint8Array | undefined {
    const output = this.#output;
    this.#output = undefined;
    return output;
  }

  #receiveS0S1(bytes: Uint8Array): number {
    if (this.#s0s1.bufferedBytes === 0) {
      const accepted: readonly RtmpVersion[] = this.#kind === "rtmpe" ? RTMPE_VERSIONS : [RTMP_VERSION];
      this.#version = requireRtmpVersion(bytes, accepted) ?? this.#version;
    }
    const taken = this.#s0s1.collect(bytes);
    const s1 = this.#s0s1.takePacket()?.subarray(1);
    if (s1) this.#answer(s1);
    return taken;
  }

  #answer(s1: Uint8Array): void {
    const { digest, keyPair } = this.#own;
    const found = digest && findDigest(s1, SERVER_KEYS);
    const c2 = found ? this.#random(PACKET_LENGTH) : new Uint8Array(s1);
    if (found) signAnswer(c2, found.digest, CLIENT_KEYS, this.#version);
    this.#send(c2);
    if (found) this.#swfVerificationKey = swfVerificationKeyOf(s1);
    this.#hello = {
      rtmpVersion: this.#version,
      version: versionText(s1),
      majorVersion: majorVersion(s1),
      layout: found?.layout,
      ciphers: keyPair && found && agreeWithServer(keyPair, publicKeyIn(s1, found.layout)),
    };
  }

  #receiveS2(hello: ServerHello, bytes: Uint8Array): number {
    const taken = this.#s2.collect(bytes);
    const s2 = this.#s2.takePacket();
    if (s2) this.#result = this.#agree(hello, s2);
    return taken;
  }

  /**
   * A digest counts only with the signature that answers ours. Without either, an old version or an echo of C1 says that
   * the server speaks the simple handshake; a server that promises a digest and does neither is broken or tampered with.
   */
  #agree(hello: ServerHello, s2: Uint8Array): HandshakeResult {
    const { rtmpVersion, version: peerVersion, layout, ciphers } = hello;
    const { c0c1, digest } = this.#own;
    if (!digest) return { kind: "simple", peerVersion };
    if (layout && isSignedAnswer(s2, digest, SERVER_KEYS, rtmpVersion)) {
      if (rtmpVersion === RTMP_VERSION || !ciphers) return { kind: "digest", peerVersion, layout };
      return { kind: "rtmpe", peerVersion, layout, version: rtmpVersion, ciphers };
    }
    const maySettle = hello.majorVersion < FIRST_DIGEST_MAJOR_VERSION || isEcho(s2, c0c1.subarray(1));
    if (maySettle && this.#kind !== "rtmpe") return { kind: "simple", peerVersion };
    throw new ProtocolError(
      "HANDSHAKE_DIGEST_INVALID",
      `the server claims version ${peerVersion}, but its ${layout ? "S2 signature" : "S1 digest"} is not valid; ` +
        "if that is how this server answers, connect with the simple handshake",
    );
  }

  /** C2 follows C0 and C1 if those have not been taken yet. */
  #send(bytes: Uint8Array): void {
    const waiting = this.#output ?? new Uint8Array(0);
    const output = new Uint8Array(waiting.length + bytes.length);
    output.set(waiting);
    output.set(bytes, waiting.length);
    this.#output = output;
  }
}

function newHello(options: ClientHandshakeOptions): ClientHello {
  const { random, kind } = options;
  const c0c1 = new Uint8Array(VERSION_AND_PACKET_LENGTH);
  const c1 = c0c1.subarray(1);
  c0c1[0] = kind === "rtmpe" ? (options.rtmpeVersion ?? 6) : RTMP_VERSION;
  if (kind === "simple") {
    fillPacket(c1, { timeMs: 0, random });
    return { c0c1 };
  }
  const layout = options.layout ?? (kind === "rtmpe" ? "B" : "A");
  if (kind === "digest") {
    fillPacket(c1, { timeMs: 0, version: CLIENT_VERSION, random });
    return { c0c1, digest: writeDigest(c1, layout, CLIENT_KEYS) };
  }
  fillPacket(c1, { timeMs: 0, version: RTMPE_CLIENT_VERSION, random });
  const keyPair = newKeyPair(random);
  publicKeyIn(c1, layout).set(keyPair.publicKey);
  return { c0c1, digest: writeDigest(c1, layout, CLIENT_KEYS), keyPair };
}
