// Throughput of RC4: with one cipher, whose state stays in the processor's nearest cache, and as a server has it, with the
// ciphers of 500 viewers in turn.
//
//     npx tsc -b && npm run bench -w @headgate/handshake

import { measure, Random } from "@headgate/testkit";
import { Rc4 } from "../dist/rtmpe/rc4.js";

const BYTES = 2 ** 25;
const SAMPLE_LENGTH = 16;

const random = new Random(1);

/** A cipher, and one that is to be at the same place of the same keystream in the end. */
function twins() {
  const key = random.bytes(16);
  return { cipher: new Rc4(key), twin: new Rc4(key) };
}

async function measureCiphers(cipherCount, blockLength) {
  const ciphers = Array.from({ length: cipherCount }, twins);
  const block = random.bytes(blockLength);
  const target = new Uint8Array(blockLength);
  const blocks = Math.ceil(BYTES / blockLength / cipherCount) * cipherCount;
  let done = 0;
  const name = `RC4, ciphers: ${cipherCount}, KiB in a block: ${blockLength / 1024}`;
  await measure(name, { unit: "blocks", count: blocks, bytes: blocks * blockLength }, () => {
    for (let i = 0; i < blocks; i += 1) ciphers[i % cipherCount].cipher.apply(block, target);
    done += blocks;
  });
  const { cipher, twin } = ciphers[0];
  for (let i = 0; i < done / cipherCount; i += 1) twin.discard(blockLength);
  const [sample, expected] = [cipher, twin].map((one) => one.apply(new Uint8Array(SAMPLE_LENGTH)));
  if (!Buffer.from(sample).equals(expected)) throw new Error("not all blocks have been enciphered");
}

for (const cipherCount of [1, 500]) {
  for (const kibibytes of [1, 32, 256]) await measureCiphers(cipherCount, kibibytes * 1024);
}
