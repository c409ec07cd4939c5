// Publishes the sound of each stream of the application `live` once more, without pictures, in the application `radio`.
import { createGateway } from "headgate";

const gateway = await createGateway({
  listeners: [{ port: Number(process.env.PORT ?? 1935) }],
  admin: { port: Number(process.env.ADMIN_PORT ?? 1985) },
  applications: { live: {}, radio: { publish: { deny: "all" } } },
});

const heard = new Set();

gateway.on("published", async ({ stream }) => {
  // The messages go on when a publisher comes back soon.
  if (!stream.startsWith("live/") || heard.has(stream)) return;
  heard.add(stream);
  const radio = gateway.publish(stream.replace("live/", "radio/"));
  for await (const message of gateway.messages(stream)) if (message.kind === "audio") radio.send(message);
  radio.end();
  heard.delete(stream);
});

await gateway.start();
process.once("SIGINT", () => gateway.close());
