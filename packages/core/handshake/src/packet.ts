import type { RandomBytes } from "./random-bytes.ts";

/** C1, S1, C2 and S2 all have this length (RTMP 1.0 §5.2.3, §5.2.4). */
export const PACKET_LENGTH = 1536;

/** C0 or S0 with the packet that follows it. */
export const VERSION_AND_PACKET_LENGTH: number = 1 + PACKET_LENGTH;

/** Time (4 bytes) and version (4 bytes, zero in the simple handshake); all that follows is random. */
const HEAD_LENGTH = 8;
const VERSION_AT = 4;

export type SoftwareVersion = readonly [number, number, number, number];

/** Fills a C1 or S1. Without a version those four bytes stay zero, which is what says "simple". */
export function fillPacket(
  packet: Uint8Array,
  options: { timeMs: number; version?: SoftwareVersion; random: RandomBytes },
): void {
  new DataView(packet.buffer, packet.byteOffset).setUint32(0, options.timeMs);
  if (options.version) packet.set(options.version, VERSION_AT);
  packet.set(options.random(PACKET_LENGTH - HEAD_LENGTH), HEAD_LENGTH);
}

export function majorVersion(packet: Uint8Array): number {
  return packet[VERSION_AT] ?? 0;
}

export function hasVersion(packet: Uint8Array): boolean {
  return packet.subarray(VERSION_AT, HEAD_LENGTH).some((byte) => byte !== 0);
}

export function versionText(packet: Uint8Array): string {
  return packet.subarray(VERSION_AT, HEAD_LENGTH).join(".");
}

/** Its last 32 bytes, in a copy. */
export function swfVerificationKeyOf(s1: Uint8Array): Uint8Array {
  return s1.slice(PACKET_LENGTH - 32);
}

/** Whether `answer` is `packet` sent back. Peers may write a second time over the version (RTMP 1.0 §5.2.4). */
export function isEcho(answer: Uint8Array, packet: Uint8Array): boolean {
  for (let at = HEAD_LENGTH; at < PACKET_LENGTH; at += 1) {
    if (answer[at] !== packet[at]) return false;
  }
  return true;
}
