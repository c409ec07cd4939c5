import { buildConnector } from "undici";
import { readInParts } from "./read-in-parts.ts";
import { ReplyTurns } from "./reply-turns.ts";

/** Those of all servers of this process. */
const TURNS = new ReplyTurns();

/** Makes connections for undici that it reads in small parts, in turns with those to other servers. */
export function connector(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector(options);
  return (to, callback) =>
    connect(to, (error, socket) => {
      if (error) return callback(error, null);
      readInParts(socket, to.hostname, TURNS);
      callback(null, socket);
    });
}
