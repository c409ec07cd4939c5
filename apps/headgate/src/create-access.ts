import { createHmac, randomBytes } from "node:crypto";
import { Access, type AccessConfig, type Decider } from "@headgate/access";
import type { Feature } from "@headgate/feature";
import type { Logger } from "pino";
import type { ApplicationConfig } from "./config/config.ts";
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
  return { access, applications, deciderOf: (name) => deciderOf(access, applications.get(name)!) };
}

/** Who has the last word on who may publish in an application. */
export function deciderOf(access: Config["access"], { hooks, proxy }: ApplicationConfig): Decider {
  if (proxy !== undefined) return "origin";
  const areAsked = [...access.hooks, ...hooks].some(
    ({ events }) => events.length === 0 || events.includes("publish"),
  );
  return areAsked ? "hooks" : "rules";
}
