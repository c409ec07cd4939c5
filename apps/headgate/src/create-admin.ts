import { authentication } from "@headgate/api";
import { type AdminServerOptions, createAdminServer } from "@headgate/http-server";
import { type TlsServer, watchFiles } from "@headgate/tls";
import { type Arrivals, type Faults, Guard } from "@headgate/transport";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { adminHandshake, adminTls } from "./admin-tls.ts";
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
  const tls = adminTls(options.tls, faults);
  const admin = createAdminServer({
    names: () => [options.host, ...inForce.config.admin.hosts],
    authentication: authentication({ ...options, tokens: () => inForce.config.admin.tokens, log }),
    routes,
    faults,
    ...(arrivals && { arrivals }),
    ...(tls && { secure: adminHandshake(tls) }),
  });
  if (tls) reloadCertificates(admin, tls, log, faults);
  return admin;
}

/** Those in use stay until others can be used. */
function reloadCertificates(admin: FastifyInstance, tls: TlsServer, log: Logger, faults: Faults): void {
  const guard = new Guard(faults, "task", () => {});
  const unwatch = watchFiles(
    tls.files,
    guard.entry(() => {
      const problems = tls.reload();
      for (const problem of problems)
        log.error({ problem }, "certificate cannot be used; keeping the old one");
      if (problems.length === 0) log.info("certificates of the admin server reloaded");
    }),
  );
  admin.addHook("onClose", async () => unwatch());
}
