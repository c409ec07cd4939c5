import { createServer, type Server } from "node:http";
import { GatewayProcess } from "./gateway-process.ts";

/** The timeouts of a gateway under attack: short, so that hostile peers reach them and leave nothing behind for long. */
const TIMEOUTS = {
  firstByte: "3s",
  handshake: "3s",
  connect: "3s",
  pingInterval: "5s",
  pingTimeout: "5s",
  stall: "10s",
};

/** Hostile clients come from a few addresses only. */
const LIMITS = { maxConnections: 20_000, maxConnectionsPerAddress: 20_000 };

/**
 * A gateway with everything that a peer can reach: tunnels, TLS, a web server behind it, and applications that are proxied
 * to an origin, pulled from it and pushed to it. All names are as long as `live`, so that any of them can replace it in
 * recorded bytes.
 */
export class Battlefield {
  readonly gateway: GatewayProcess;
  readonly #origin: GatewayProcess;
  readonly #web: Server;

  static async start(workers: number): Promise<Battlefield> {
    const web = createServer((request, response) => {
      request.resume();
      request.once("end", () => response.end("web server\n"));
    });
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    const origin = await GatewayProcess.start({ limits: LIMITS });
    try {
      const gateway = await GatewayProcess.start(configOf(workers, origin.port, portOf(web)));
      return new Battlefield(gateway, origin, web);
    } catch (error) {
      await origin.stop();
      web.close();
      throw error;
    }
  }

  private constructor(gateway: GatewayProcess, origin: GatewayProcess, web: Server) {
    this.gateway = gateway;
    this.#origin = origin;
    this.#web = web;
  }

  /** Both gateways: hostile clients reach the origin through the other one. */
  get gateways(): readonly GatewayProcess[] {
    return [this.gateway, this.#origin];
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.#origin.stop();
    this.#web.closeAllConnections();
    this.#web.close();
  }
}

/** The applications that hostile clients use. */
export const APPLICATIONS: readonly string[] = ["live", "prox", "prxy", "pull", "push"];

function configOf(workers: number, originPort: number, webPort: number): object {
  const origin = `rtmp://127.0.0.1:${originPort}`;
  return {
    workers,
    http: { webServer: `http://127.0.0.1:${webPort}` },
    limits: LIMITS,
    timeouts: TIMEOUTS,
    applications: {
      live: { resumeWindow: "2s" },
      prox: { proxy: origin },
      prxy: { proxy: `${origin}/other` },
      pull: { pull: `${origin}/live`, pullIdle: "1s" },
      push: { push: `${origin}/sent/{key}` },
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}
