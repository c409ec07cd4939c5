// Prints who comes and goes, and every second how many play each stream and what it consists of.
import { createGateway } from "headgate";

const gateway = await createGateway(
  {
    listeners: [{ port: Number(process.env.PORT ?? 1935) }],
    admin: { port: Number(process.env.ADMIN_PORT ?? 1985) },
  },
  { log: () => {} },
);

gateway.on("published", ({ stream, session }) => console.log(`+ ${stream} from ${session?.remoteAddress}`));
gateway.on("unpublished", ({ stream }) => console.log(`- ${stream}`));

await gateway.start();
const timer = setInterval(() => {
  for (const { stream, readers, videoCodec, audioCodec } of gateway.stats().streams)
    console.log(`${stream}: ${readers} viewers, ${videoCodec} ${audioCodec}`);
}, 1_000);
process.once("SIGINT", () => {
  clearInterval(timer);
  gateway.close();
});
