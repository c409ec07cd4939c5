import { randomBytes } from "node:crypto";
import { ClientHandshake, ServerHandshake } from "@headgate/handshake";

/** What is written to a viewer at once. Bytes. */
const BLOCK = 32 * 1024;
const BLOCKS = 2_000;

const NOTHING = new Uint8Array(0);

/** What it costs this machine to encipher with RTMPE's RC4 as the server does it. CPU seconds per gigabyte. */
export function rc4SecondsPerGigabyte(): number {
  const client = new ClientHandshake({ random: randomBytes, kind: "rtmpe" });
  const server = new ServerHandshake({ random: randomBytes, rtmpe: true });
  for (const [from, to] of [
    [client, server],
    [server, client],
    [client, server],
  ] as const)
    to.receive(from.takeOutput() ?? NOTHING, 0);
  if (server.result?.kind !== "rtmpe") throw new Error("no RTMPE handshake is possible");
  const { encrypt } = server.result.ciphers;
  const block = new Uint8Array(BLOCK);
  const encipher = (): void => {
    for (let i = 0; i < BLOCKS; i += 1) encrypt.apply(block, block);
  };
  // Once to have it compiled.
  encipher();
  const before = process.cpuUsage();
  encipher();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1e6 / (BLOCK * BLOCKS)) * 1e9;
}
