import { Guard } from "@headgate/transport";
import type { FastifyInstance, FastifyReply } from "fastify";
import { type RequestFaultsOptions, reportRequestFaults } from "./request-faults.ts";

const NOTICE =
  "This port is for RTMP: open it with an encoder or a player, as rtmp:// or rtmps://, not with a browser.\n";

/** Answers every request without a route: it says what the port is for. */
export function giveNotice(server: FastifyInstance, options: RequestFaultsOptions): void {
  reportRequestFaults(server, options);
  // Bodies are read and dropped, so that the reply gets through.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", (_, payload, done) => {
    payload.once("end", () => done(null));
    // The client has gone in the middle of its body: there is nobody to answer.
    payload.on("error", () => {});
    payload.resume();
  });
  server.setNotFoundHandler((request, reply) => {
    const { raw } = request;
    if (raw.readableEnded) return answer(reply);
    const guard = new Guard(options.faults, "request", () => reply.raw.destroy());
    const onEnd = guard.entry(() => answer(reply));
    raw.once("end", onEnd);
    raw.on("error", () => {});
    raw.resume();
  });
}

function answer(reply: FastifyReply): void {
  reply
    .code(404)
    .headers({
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      connection: "close",
    })
    .send(NOTICE);
}
