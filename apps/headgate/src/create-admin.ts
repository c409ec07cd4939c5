import type { Server as HttpsServer } from "node:https";
import { authentication } from "@headgate/api";
import { type AdminServerOptions, createAdminServer } from "@headgate/http-server";
import { CertificateError, watchFiles } from "@headgate/tls";
import { type Arrivals, type Faults, Guard } from "@headgate/transport";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { type AdminCertificates, readAdminCertificates } from "./admin-certificates.ts";
import type { AdminOptions } from "./config/config.ts";
import type { ConfigInForce } from "./config/config-in-force.ts";

interface AdminParts {
  readonly log: Logger;
  readonly faults: Faults;
  readonly routes: AdminServerOptions["routes"];
  /** Of clients, if this process has any. */
  readonly arrivals?: Arrivals;
}

/** The admin server as it is configured. Throws a CertificateError if it cannot have its certificate. */
export function createAdmin(
  inForce: ConfigInForce,
  { log, faults, routes, arrivals }: AdminParts,
): FastifyInstance {
  const options = inForce.config.admin;
  const certificates = readAdminCertificates(options.tls);
  const admin = createAdminServer({
    names: () => [options.host, ...inForce.config.admin.hosts],
    authentication: authentication({ ...options, tokens: () => inForce.config.admin.tokens, log }),
    routes,
    faults,
    ...(arrivals && { arrivals }),
    ...(certificates && { certificates }),
  });
  if (certificates) reloadCertificates(admin, options, log, faults);
  return admin;
}

/** Those in use stay until others can be used. */
function reloadCertificates(
  admin: FastifyInstance,
  { tls }: AdminOptions,
  log: Logger,
  faults: Faults,
): void {
  const guard = new Guard(faults, "task", () => {});
  const files = [tls.cert, tls.key, tls.clientCa].filter((file) => file !== "");
  const unwatch = watchFiles(
    files,
    guard.entry(() => {
      const read = certificatesOrProblem(tls);
      if (typeof read === "string")
        return log.error({ problem: read }, "certificate cannot be used; keeping the old one");
      (admin.server as unknown as HttpsServer).setSecureContext({ ...read });
      log.info("certificates of the admin server reloaded");
    }),
  );
  admin.addHook("onClose", async () => unwatch());
}

function certificatesOrProblem(tls: AdminOptions["tls"]): AdminCertificates | string {
  try {
    return readAdminCertificates(tls)!;
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return error.message;
  }
}
