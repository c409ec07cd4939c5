import { isDeepStrictEqual } from "node:util";
import {
  type ConfigFile,
  type Environment,
  type Mistake,
  mistakesOf,
  readConfiguration,
  type Written,
} from "@headgate/config";
import type { GatewayLimits, GatewayOptions } from "@headgate/gateway";
import { playlistMistakes } from "@headgate/playlists";
import { uploadMistakes } from "@headgate/recording";
import type { RelayLimits } from "@headgate/relay";
import { TLS_VERSIONS } from "@headgate/tls";
import { accessContradictions } from "./access-contradictions.ts";
import { adminContradictions } from "./admin-contradictions.ts";
import { type ApplicationConfig, CONFIG, type FileOptions, type ListenerOptions } from "./config.ts";
import { hookContradictions } from "./hook-contradictions.ts";
import { limitsIn } from "./memory-share.ts";
import { relayContradictions } from "./relay-contradictions.ts";
import { withoutRestartKeys } from "./restart-keys.ts";
import { sharedPorts } from "./shared-ports.ts";

/** The complete configuration of a process. */
export interface Config
  extends Pick<
    FileOptions,
    | "listeners"
    | "workers"
    | "directSend"
    | "admin"
    | "http"
    | "tunnel"
    | "outward"
    | "access"
    | "recording"
    | "log"
  > {
  /** The memory that all processes of the server may use together. Bytes. */
  readonly memoryBytes: number;
  readonly gateway: Omit<GatewayOptions, "applications" | "limits"> & {
    readonly applications: ReadonlyMap<string, ApplicationConfig>;
    readonly limits: GatewayLimits & RelayLimits;
  };
}

/** Either a configuration, or all of its mistakes, each in one line that says where. */
export type LoadedConfig =
  | { readonly config: Config; readonly written: Written<FileOptions>; readonly problems?: never }
  | { readonly config?: never; readonly problems: readonly string[] };

/** Reads a configuration. Some defaults depend on how much memory there is. */
export function loadConfig(
  file: ConfigFile | undefined,
  environment: Environment,
  memoryBytes: number = Number.POSITIVE_INFINITY,
): LoadedConfig {
  const { problems, ...written } = readConfiguration(CONFIG, file, environment, mistakesIn);
  if (written.options === undefined) return { problems: problems ?? [] };
  return { config: toConfig(written.options, memoryBytes), written };
}

/** What can be in force of `next` in a server that was started with `started`, or why that contradicts itself. */
export function configInForce(
  started: FileOptions,
  next: FileOptions,
  memoryBytes: number,
):
  | { readonly config: Config; readonly problems?: never }
  | { readonly config?: never; readonly problems: readonly string[] } {
  const options = withoutRestartKeys(started, next);
  const mistakes = mistakesIn(options);
  if (mistakes.length === 0) return { config: toConfig(options, memoryBytes) };
  return {
    problems: mistakes.map(
      ({ path, sentence }) => `${path.join(".")}, as long as the server is not restarted: ${sentence}`,
    ),
  };
}

/** The mistakes of a configuration that a program has written. */
export function configMistakes(content: string): readonly Mistake[] {
  return mistakesOf(CONFIG, content, mistakesIn);
}

/** What no key has alone. */
function mistakesIn(options: FileOptions): readonly Mistake[] {
  const { listeners, applications, admin } = options;
  return [
    ...sharedPorts(options),
    ...adminContradictions(admin),
    ...emptyVersionRanges(listeners),
    ...acmeContradictions(listeners),
    ...relayContradictions(applications),
    ...accessContradictions(options),
    ...hookContradictions(options),
    ...uploadMistakes(options.recording),
    ...playlistMistakes(applications),
  ];
}

function emptyVersionRanges(listeners: readonly ListenerOptions[]): readonly Mistake[] {
  return listeners.flatMap(({ tls: { minVersion, maxVersion } }, index) => {
    if (TLS_VERSIONS.indexOf(minVersion) <= TLS_VERSIONS.indexOf(maxVersion)) return [];
    const sentence = `must not be newer than maxVersion, which is ${maxVersion}`;
    return [{ path: ["listeners", String(index), "tls", "minVersion"], sentence }];
  });
}

/** A certificate is kept by the first of its names. */
function acmeContradictions(listeners: readonly ListenerOptions[]): readonly Mistake[] {
  return listeners.flatMap(({ tls: { acme } }, index) => {
    const other = listeners.findIndex(({ tls }) => tls.acme.domains[0] === acme.domains[0]);
    if (acme.domains.length === 0 || isDeepStrictEqual(listeners[other]?.tls.acme, acme)) return [];
    const sentence = `must be the same as in listener ${other}, which has the same first domain`;
    return [{ path: ["listeners", String(index), "tls", "acme"], sentence }];
  });
}

function toConfig(options: FileOptions, memoryBytes: number): Config {
  const { chunkSize, ackWindow, rtmpe, merge, drain, limits, timeouts, applications, ...rest } = options;
  return {
    ...rest,
    memoryBytes,
    gateway: {
      chunkSize,
      ackWindow,
      rtmpe,
      merge,
      drain,
      limits: limitsIn(memoryBytes, rest.workers, limits),
      timeouts,
      trace: rest.log.trace,
      applications,
    },
  };
}
