import { ProtocolError } from "@headgate/bytes";
import {
  CLIENT_KEYS,
  type DigestLayout,
  findDigest,
  SERVER_KEYS,
  signAnswer,
  writeDigest,
} from "./digest.ts";
import type { Handshake, HandshakeResult } from "./handshake.ts";
import {
  fillPacket,
  hasVersion,
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
import { answerKey, publicKeyIn } from "./rtmpe/key-exchange.ts";

/** Players verify a digest only from a server that claims at least Flash Media Server 3, so that is what we claim. */
const SERVER_VERSION: SoftwareVersion = [3, 5, 1, 1];

/** The one layout every client finds; FFmpeg's publisher takes it for granted, so the client's is not mirrored. */
const SERVER_LAYOUT: DigestLayout = "A";

const PLAIN_VERSION: readonly RtmpVersion[] = [RTMP_VERSION];
const ALL_VERSIONS: readonly RtmpVersion[] = [RTMP_VERSION, ...RTMPE_VERSIONS];

/**
 * Waits for C0 and C1, answers S0, S1 and S2 in one piece, and then drops C2 by its length. C2 is never verified: FFmpeg
 * and GStreamer send ones that would not pass, and no server in the field asks for more.
 */
export class ServerHandshake implements Handshake {
  readonly #random: RandomBytes;
  readonly #versions: readonly RtmpVersion[];
  #version: RtmpVersion = RTMP_VERSION;
  readonly #c0c1 = new PacketCollector(VERSION_AND_PACKET_LENGTH);
  #c2Missing = PACKET_LENGTH;
  #agreed: HandshakeResult | undefined;
  #output: Uint8Array | undefined;
  #swfVerificationKey: Uint8Array | undefined;

  /** With `rtmpe`, a client may ask for RTMPE by its C0; without it, that is refused like any unknown version. */
  constructor(options: { random: RandomBytes; rtmpe?: boolean }) {
    this.#random = options.random;
    this.#versions = options.rtmpe ? ALL_VERSIONS : PLAIN_VERSION;
  }

  get result(): HandshakeResult | undefined {
    return this.#c2Missing === 0 ? this.#agreed : undefined;
  }

  get swfVerificationKey(): Uint8Array | undefined {
    return this.#swfVerificationKey;
  }

  get bufferedBytes(): number {
    return this.#c0c1.bufferedBytes;
  }

  receive(bytes: Uint8Array, nowMs: number): number {
    const taken = this.#agreed ? 0 : this.#receiveC0C1(bytes, nowMs);
    return this.#agreed ? taken + this.#dropC2(bytes.length - taken) : taken;
  }

  takeOutput(): Uint8Array | undefined {
    const output = this.#output;
    this.#output = undefined;
    return output;
  }

  #receiveC0C1(bytes: Uint8Array, nowMs: number): number {
    if (this.#c0c1.bufferedBytes === 0) {
      this.#version = requireRtmpVersion(bytes, this.#versions) ?? RTMP_VERSION;
    }
    const taken = this.#c0c1.collect(bytes);
    const c1 = this.#c0c1.takePacket()?.subarray(1);
    if (c1) this.#answer(c1, nowMs);
    return taken;
  }

  #dropC2(available: number): number {
    const dropped = Math.min(this.#c2Missing, available);
    this.#c2Missing -= dropped;
    return dropped;
  }

  /**
   * A version in C1 announces a digest, but some clients leave other things in those bytes: without a valid digest the
   * handshake is the simple one.
   */
  #answer(c1: Uint8Array, nowMs: number): void {
    if (this.#version !== RTMP_VERSION) return this.#answerRtmpe(this.#version, c1, nowMs);
    const found = hasVersion(c1) ? findDigest(c1, CLIENT_KEYS) : undefined;
    const peerVersion = versionText(c1);
    if (found) {
      this.#output = this.#digestAnswer(found.digest, { nowMs });
      this.#agreed = { kind: "digest", peerVersion, layout: found.layout };
    } else {
      this.#output = this.#simpleAnswer(c1, nowMs);
      this.#agreed = { kind: "simple", peerVersion };
    }
  }

  /**
   * RTMPE is the digest handshake with a public key on either side. S0 repeats C0: every client knows the signatures it
   * asked for, but not each knows those of the other versions.
   */
  #answerRtmpe(version: RtmpeVersion, c1: Uint8Array, nowMs: number): void {
    const found = findDigest(c1, CLIENT_KEYS);
    if (!found) {
      throw new ProtocolError(
        "HANDSHAKE_DIGEST_INVALID",
        "the client asks for RTMPE, but its C1 has no valid digest, which says where its key is",
      );
    }
    const { publicKey, ciphers } = answerKey(publicKeyIn(c1, found.layout), this.#random);
    this.#output = this.#digestAnswer(found.digest, { nowMs, version, publicKey });
    this.#agreed = { kind: "rtmpe", peerVersion: versionText(c1), layout: found.layout, version, ciphers };
  }

  /** S1 carries no version, or players that sent a digest would look for one in it. */
  #simpleAnswer(c1: Uint8Array, nowMs: number): Uint8Array {
    const { whole, s1, s2 } = newAnswer(RTMP_VERSION);
    fillPacket(s1, { timeMs: nowMs, random: this.#random });
    s2.set(c1);
    return whole;
  }

  #digestAnswer(
    clientDigest: Uint8Array,
    options: { nowMs: number; version?: RtmpVersion; publicKey?: Uint8Array },
  ): Uint8Array {
    const { nowMs, version = RTMP_VERSION, publicKey } = options;
    const { whole, s1, s2 } = newAnswer(version);
    fillPacket(s1, { timeMs: nowMs, version: SERVER_VERSION, random: this.#random });
    if (publicKey) publicKeyIn(s1, SERVER_LAYOUT).set(publicKey);
    writeDigest(s1, SERVER_LAYOUT, SERVER_KEYS);
    this.#swfVerificationKey = swfVerificationKeyOf(s1);
    s2.set(this.#random(PACKET_LENGTH));
    signAnswer(s2, clientDigest, SERVER_KEYS, version);
    return whole;
  }
}

function newAnswer(version: RtmpVersion): { whole: Uint8Array; s1: Uint8Array; s2: Uint8Array } {
  const whole = new Uint8Array(1 + 2 * PACKET_LENGTH);
  whole[0] = version;
  return {
    whole,
    s1: whole.subarray(1, VERSION_AND_PACKET_LENGTH),
    s2: whole.subarray(VERSION_AND_PACKET_LENGTH),
  };
}
