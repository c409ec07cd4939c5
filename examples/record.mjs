// Records each stream as NAME-TIME.flv in this folder, from the messages of the stream.
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGateway } from "headgate";

const TAG_TYPES = { audio: 8, video: 9, data: 18 };

const gateway = await createGateway({
  listeners: [{ port: Number(process.env.PORT ?? 1935) }],
  admin: { port: Number(process.env.ADMIN_PORT ?? 1985) },
});

const recorded = new Set();

gateway.on("published", async ({ stream }) => {
  // The messages go on when a publisher comes back soon.
  if (recorded.has(stream)) return;
  recorded.add(stream);
  const name = `${stream.replaceAll("/", "-")}-${Date.now()}.flv`;
  try {
    await pipeline(flvOf(gateway.messages(stream)), createWriteStream(name));
    console.log(`recorded ${stream}`);
  } catch (error) {
    // Such as a full disk: the stream goes on without being recorded.
    console.error(`${name} is not whole: ${error}`);
  }
  recorded.delete(stream);
});

/** The file, piece by piece, as fast as it is written. */
async function* flvOf(/** @type {ReturnType<typeof gateway.messages>} */ messages) {
  yield Buffer.from("464c5601050000000900000000", "hex");
  for await (const { kind, timestampMs, bytes } of messages) {
    const tag = Buffer.alloc(11 + bytes.length + 4);
    tag.writeUInt8(TAG_TYPES[kind]);
    tag.writeUIntBE(bytes.length, 1, 3);
    tag.writeUIntBE(timestampMs & 0xffffff, 4, 3);
    tag.writeUInt8(timestampMs >>> 24, 7);
    tag.set(bytes, 11);
    tag.writeUInt32BE(11 + bytes.length, 11 + bytes.length);
    yield tag;
  }
}

await gateway.start();
process.once("SIGINT", () => gateway.close());
