// A gateway within a program that decides itself: no more than two clients play a stream at a time.
import { createGateway } from "headgate";

const MAX_PLAYERS = 2;

const gateway = await createGateway({
  listeners: [{ port: Number(process.env.PORT ?? 1935) }],
  admin: { port: Number(process.env.ADMIN_PORT ?? 1985) },
});

gateway.on("play", (request) => {
  const players = gateway.stats().sessions.filter(({ plays }) => plays.includes(request.stream));
  if (players.length >= MAX_PLAYERS) request.refuse(`Only ${MAX_PLAYERS} may watch at a time.`);
});
gateway.on("played", ({ stream, session }) => console.log(`${session.remoteAddress} plays ${stream}`));

await gateway.start();
process.once("SIGINT", () => gateway.close());
