// Keys of the program's own: rtmp://HOST/live/NAME?key=KEY publishes only under the name that the key is for.
import { setTimeout as sleep } from "node:timers/promises";
import { createGateway } from "headgate";

/** In place of a database. */
const NAMES = new Map([["k3y-of-studio", "live/studio"]]);
const lookUp = async (/** @type {string} */ key) => sleep(20, NAMES.get(key));

const gateway = await createGateway({
  listeners: [{ port: Number(process.env.PORT ?? 1935) }],
  admin: { port: Number(process.env.ADMIN_PORT ?? 1985) },
  applications: { live: { publish: { allow: "all" } } },
});

gateway.on("publish", async (request) => {
  const key = new URLSearchParams(request.query).get("key") ?? "";
  if ((await lookUp(key)) !== request.stream) request.refuse("This key is not for this stream.");
});

await gateway.start();
process.once("SIGINT", () => gateway.close());
