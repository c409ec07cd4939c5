import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { TLSSocket } from "node:tls";
import { afterAll, expect, test } from "vitest";
import { writeCertificate } from "./certificates.test.helper.ts";
import { closeAll, closed, dial, start } from "./running.test.helper.ts";
import type { Proof } from "./tls-server.ts";

afterAll(closeAll);

const { cert, key } = writeCertificate("proof", { names: ["a.example"] });
const PROOF: Proof = { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };

const asked: string[] = [];
const proofOf = async (serverName: string): Promise<Proof | undefined> => {
  asked.push(serverName);
  return serverName === "a.example" ? PROOF : undefined;
};

const commonName = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject.CN);

const ALPNProtocols = ["acme-tls/1"];

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "over %s an ACME server gets the proof for a name, and the connection ends",
  async (maxVersion) => {
    const { port, outcomes } = await start([writeCertificate("usual")], { proofOf });
    const socket = await dial(port, { servername: "a.example", ALPNProtocols, maxVersion });
    expect([commonName(socket), socket.alpnProtocol]).toEqual(["proof", "acme-tls/1"]);
    socket.write("GET / HTTP/1.1\r\n\r\n");
    let received = "";
    socket.on("data", (bytes) => {
      received += bytes;
    });
    await closed(socket);
    expect(received).toBe("");
    await expect.poll(() => outcomes).toEqual([undefined]);
  },
);

test("a name without a challenge has its usual certificate", async () => {
  const { port } = await start([writeCertificate("usual")], { proofOf });
  const socket = await dial(port, { servername: "b.example", ALPNProtocols });
  expect([commonName(socket), socket.alpnProtocol]).toEqual(["usual", false]);
});

test("nobody is asked for proofs by other clients", async () => {
  asked.length = 0;
  const { port } = await start([writeCertificate("usual")], { proofOf });
  const socket = await dial(port, { servername: "a.example", ALPNProtocols: ["h2", "acme-tls/1"] });
  expect(commonName(socket)).toBe("usual");
  socket.write("hello");
  expect(String((await once(socket, "data"))[0])).toBe("hello");
  expect(asked).toEqual([]);
});
