import { X509Certificate } from "node:crypto";
import { readRegularFile } from "@headgate/config";
import { chunkStreamsFor } from "@headgate/driver";
import { CertificateError, MAX_PEM_BYTES, readCertificate } from "@headgate/tls";
import { checkAdminFiles } from "./admin-tls.ts";
import { type ApplicationConfig, hasTls, type ListenerOptions } from "./config/config.ts";
import type { Config } from "./config/load-config.ts";

/** What is wrong with a configuration although it can be read. Each begins with the key. */
export interface Findings {
  /** With these nothing is started. */
  readonly mistakes: readonly string[];
  /** What has no effect, or not the one that was meant. */
  readonly warnings: readonly string[];
}

/** Looks at certificates and other files, but opens no port. */
export function findingsIn(config: Config): Findings {
  const { listeners, outward, gateway, admin } = config;
  return {
    mistakes: [
      ...listeners.flatMap(certificateMistakes),
      ...mistakeOf("admin.tls", () => checkAdminFiles(admin.tls)),
      ...caMistakes(outward.caFile),
    ],
    warnings: [
      ...listeners.flatMap(idleTls),
      ...[...gateway.applications].flatMap(([name, { routes }]) => unreachableRoutes(name, routes)),
      ...longGopCaches(config),
      ...[...gateway.applications].flatMap(([name, options]) => idleRelays(name, options)),
      ...fewChunkStreams(gateway.limits),
    ],
  };
}

function certificateMistakes(listener: ListenerOptions, index: number): readonly string[] {
  if (!hasTls(listener)) return [];
  return listener.tls.certificates.flatMap((files) =>
    mistakeOf(`listeners[${index}].tls`, () => readCertificate(files, Date.now())),
  );
}

function mistakeOf(key: string, read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return [`${key}: ${error.message}`];
  }
}

function caMistakes(caFile: string): readonly string[] {
  if (caFile === "") return [];
  try {
    new X509Certificate(readRegularFile(caFile, MAX_PEM_BYTES));
    return [];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "cannot be read: there is no such file" : "is no certificate in PEM form";
    return [`outward.caFile: ${caFile} ${why}`];
  }
}

function idleTls(listener: ListenerOptions, index: number): readonly string[] {
  const { certificates, acme } = listener.tls;
  if (hasTls(listener) || (certificates.length === 0 && acme.domains.length === 0)) return [];
  return [`listeners[${index}].tls has no effect: its protocols have neither rtmps nor https`];
}

function unreachableRoutes(name: string, routes: ApplicationConfig["routes"]): readonly string[] {
  const first = routes.findIndex(({ streams }) => streams === "*");
  if (first < 0) return [];
  return routes
    .slice(first + 1)
    .map(
      (_, after) =>
        `applications.${name}.routes[${first + 1 + after}] is never used: routes[${first}] takes all`,
    );
}

function longGopCaches({ gateway: { applications } }: Config): readonly string[] {
  return [...applications].flatMap(([name, { gopCacheMs, retentionMs }]) =>
    gopCacheMs > retentionMs
      ? [`applications.${name}.gopCache is longer than retention, so a keyframe is gone before that`]
      : [],
  );
}

/** Inherited from every other application: its own, beside `proxy`, are mistakes. */
function idleRelays(name: string, application: ApplicationConfig): readonly string[] {
  if (application.proxy === undefined) return [];
  return (["pull", "push", "routes"] as const)
    .filter((key) => application[key].length > 0)
    .map((key) => `applications."*".${key} has no effect on ${name}: proxy passes all of its sessions on`);
}

function fewChunkStreams({ maxChunkStreams, maxNetStreams }: Config["gateway"]["limits"]): readonly string[] {
  const needed = chunkStreamsFor(maxNetStreams);
  if (maxChunkStreams >= needed) return [];
  return [
    `limits.maxChunkStreams is too low for a client that uses all of maxNetStreams: it needs ${needed} for ${maxNetStreams}`,
  ];
}
