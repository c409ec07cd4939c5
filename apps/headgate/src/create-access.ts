import { createHmac, randomBytes } from "node:crypto";
import { Access, type AccessConfig } from "@headgate/access";
import type { Feature } from "@headgate/feature";
import type { Logger } from "pino";
import type { Config } from "./config/load-config.ts";
import type { WorkerLink } from "./workers/worker-link.ts";

/** Addresses are asked first; other features may come in between. */
export interface AccessFeatures {
  readonly addresses: Feature<Config>;
  readonly credentials: Feature;
}

/** Who may do what. A dialogue of authmod may go on in another worker. */
export function createAccess(config: Config, log: Logger, worker: WorkerLink | undefined): AccessFeatures {
  const secret = worker?.idKey ?? randomBytes(32);
  const challengeKey = createHmac("sha256", secret).update("authmod").digest();
  const access = new Access(accessConfig(config), { log, challengeKey });
  const reconfigure = (next: Config): void => access.configure(accessConfig(next));
  return { addresses: { ...access.addresses, reconfigure }, credentials: access.credentials };
}

function accessConfig({ access, gateway: { applications } }: Config): AccessConfig {
  return { access, applications, isGuarded: (name) => areHooksAsked(access, applications.get(name)) };
}

/** Whether hooks decide on each request to publish, so that everybody may make one. */
export function areHooksAsked(
  access: Config["access"],
  application: Pick<Config["access"], "hooks"> | undefined,
): boolean {
  const hooks = [...access.hooks, ...(application?.hooks ?? [])];
  return hooks.some(({ events }) => events.length === 0 || events.includes("publish"));
}
