import type { Feature } from "@headgate/feature";
import type { FastifyPluginCallback } from "fastify";
import type { Acme } from "./acme.ts";
import type { ChallengeAnswers } from "./challenges.ts";

/** Obtains certificates, in one process of a server, and answers the authority's questions in all of them. */
export function acmeFeature(acme: Pick<Acme, "answers" | "start" | "close">, isObtaining: boolean): Feature {
  return {
    name: "acme",
    routes: { media: challengeRoute(acme.answers) },
    start: () => {
      if (isObtaining) acme.start();
    },
    ending: () => acme.close(),
  };
}

/** RFC 8555 §8.3. */
function challengeRoute(answers: ChallengeAnswers): FastifyPluginCallback {
  return (app, _, done) => {
    app.get<{ Params: { "*": string } }>("/.well-known/acme-challenge/*", async ({ params }, reply) => {
      const answer = await answers.httpAnswer(params["*"]);
      reply.type("application/octet-stream").header("cache-control", "no-store");
      if (answer === undefined) reply.code(404);
      return answer ?? "There is no such challenge.\n";
    });
    done();
  };
}
