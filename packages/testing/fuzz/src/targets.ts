import type { Target } from "./target.ts";
import { amf0, amf3 } from "./targets/amf.ts";
import { chunkDecoder } from "./targets/chunk-decoder.ts";
import { chunkRoundTrip } from "./targets/chunk-round-trip.ts";
import { firstBytes, forwarded, proxyHeaders } from "./targets/connection-preamble.ts";
import { clientConnection, serverConnection } from "./targets/connections.ts";
import { flvDecoder, mediaHeaders } from "./targets/flv.ts";
import { flvFile, listedFile, mp3File, savedIndex } from "./targets/flv-file.ts";
import { gateway } from "./targets/gateway.ts";
import { clientHandshake, serverHandshake } from "./targets/handshake.ts";
import { dataMessages, smallMessages } from "./targets/messages.ts";
import { mp4Opening, mp4Recovery } from "./targets/mp4.ts";
import { plainHttp } from "./targets/plain-http.ts";
import { rewrittenConnect } from "./targets/rewritten-connect.ts";
import { tunnelSession } from "./targets/tunnel-session.ts";

/** Everything that takes bytes from a peer. */
export const TARGETS: readonly Target[] = [
  amf0,
  amf3,
  chunkDecoder,
  chunkRoundTrip,
  flvDecoder,
  flvFile,
  listedFile,
  savedIndex,
  mp3File,
  mediaHeaders,
  mp4Opening,
  mp4Recovery,
  smallMessages,
  dataMessages,
  rewrittenConnect,
  serverHandshake,
  clientHandshake,
  firstBytes,
  proxyHeaders,
  forwarded,
  serverConnection,
  clientConnection,
  tunnelSession,
  plainHttp,
  gateway,
];
