import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "@headgate/testkit";
import { Child, run } from "./child-processes.ts";

const MAIN = fileURLToPath(new URL("../../apps/headgate/dist/main.js", import.meta.url));

/** Until it answers, on a machine that runs other tests. */
const START_ATTEMPTS = 300;
const ATTEMPT_MS = 100;

/** Where it looks at challenges, in place of ports 80 and 443. */
export interface ChallengePorts {
  readonly httpPort: number;
  readonly tlsPort: number;
}

/** An authority that speaks ACME, and really asks those who want a certificate. */
export interface AcmeAuthority {
  readonly directory: string;
  /** Whom to trust to reach it. */
  readonly caFile: string;
  /** Whom to trust in what it issues. PEM. */
  root(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts pebble, the test server of Let's Encrypt, for which every name is this machine's. */
export async function startAcmeAuthority(folder: string, ports: ChallengePorts): Promise<AcmeAuthority> {
  const { succeeded, output } = run(process.execPath, [MAIN, "certs", "init", "-f", folder, "127.0.0.1"]);
  if (!succeeded) throw new Error(output);
  const [port, managementPort] = [await freePort(), await freePort()];
  const caFile = join(folder, "ca.crt");
  const config = join(folder, "pebble.json");
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: join(folder, "server.crt"),
    privateKey: join(folder, "server.key"),
    ...ports,
  };
  writeFileSync(config, JSON.stringify({ pebble }));
  const names = await startNames();
  const environment = {
    ...process.env,
    PEBBLE_VA_NOSLEEP: "1",
    // Of all requests, so many have to be made again.
    PEBBLE_WFE_NONCEREJECT: "20",
    PEBBLE_AUTHZREUSE: "0",
    PEBBLE_CHAIN_LENGTH: "2",
  };
  const args = ["-config", config, "-strict", "-dnsserver", `127.0.0.1:${names.port}`];
  const child = new Child("pebble", args, { environment });
  const root = (): Promise<string> => get(`https://127.0.0.1:${managementPort}/roots/0`, caFile);
  for (let tries = 0; !(await isThere(root)); tries += 1) {
    if (tries === START_ATTEMPTS || child.hasExited)
      throw new Error(`pebble does not start:\n${child.output}${child.errors}`);
    await sleep(ATTEMPT_MS);
  }
  return {
    directory: `https://127.0.0.1:${port}/dir`,
    caFile,
    root,
    stop: async () => {
      names.stop();
      await child.stop();
    },
  };
}

async function isThere(ask: () => Promise<string>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch {
    return false;
  }
}

function get(url: string, caFile: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca: readFileSync(caFile), agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.once("end", () => resolve(text));
    });
    asked.once("error", reject).end();
  });
}

/** A name server that answers every question for an IPv4 address with 127.0.0.1, and all others with nothing. */
async function startNames(): Promise<{ readonly port: number; stop(): void }> {
  const socket = createSocket("udp4");
  socket.on("message", (question, { port, address }) => socket.send(answerTo(question), port, address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { port: socket.address().port, stop: () => socket.close() };
}

/** RFC 1035 §4.1. The one question is repeated; what else stands in the request is left out. */
function answerTo(request: Buffer): Buffer {
  const header = Buffer.from(request.subarray(0, 12));
  let end = 12;
  while (request[end] !== 0) end += 1 + request[end]!;
  const question = request.subarray(12, end + 5);
  const isForAddress = request.readUInt16BE(end + 1) === 1;
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(isForAddress ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  const nameOfQuestion = [0xc0, 12];
  const address = Buffer.from([...nameOfQuestion, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
  return Buffer.concat([header, question, ...(isForAddress ? [address] : [])]);
}
