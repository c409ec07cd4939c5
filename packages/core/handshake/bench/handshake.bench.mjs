// Handshakes of each kind, server side and without any network.
//
//     npx tsc -b && npm run bench -w @headgate/handshake

import { randomBytes } from "node:crypto";
import { measure } from "@headgate/testkit";
import { ClientHandshake, ServerHandshake } from "../dist/index.js";

const HANDSHAKES = 500;
const PACKET_LENGTH = 1536;

/** The server does not verify it. */
const c2 = new Uint8Array(PACKET_LENGTH);

function serve(kind, c0c1) {
  for (let i = 0; i < HANDSHAKES; i += 1) {
    const handshake = new ServerHandshake({ random: randomBytes, rtmpe: true });
    handshake.receive(c0c1, i);
    const answer = handshake.takeOutput();
    handshake.receive(c2, i);
    if (answer?.length !== 1 + 2 * PACKET_LENGTH || handshake.result?.kind !== kind) {
      throw new Error(`the ${kind} handshake has failed`);
    }
  }
}

for (const kind of ["simple", "digest", "rtmpe"]) {
  const c0c1 = new ClientHandshake({ random: randomBytes, kind }).takeOutput();
  await measure(kind, { unit: "handshakes", count: HANDSHAKES }, () => serve(kind, c0c1));
}
