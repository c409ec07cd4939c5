import { type ConfigFile, type Environment, type Mistake, readConfiguration } from "@headgate/config";
import type { GatewayLimits, GatewayOptions } from "@headgate/gateway";
import type { RelayLimits } from "@headgate/relay";
import { TLS_VERSIONS } from "@headgate/tls";
import { type ApplicationConfig, CONFIG, type FileOptions, type ListenerOptions } from "./config.ts";
import { limitsIn } from "./memory-share.ts";
import { relayContradictions } from "./relay-contradictions.ts";
import { sharedPorts } from "./shared-ports.ts";

/** The complete configuration of a process. */
export interface Config
  extends Pick<FileOptions, "listeners" | "workers" | "admin" | "http" | "tunnel" | "outward" | "log"> {
  /** The memory that all processes of the server may use together. Bytes. */
  readonly memoryBytes: number;
  readonly gateway: Omit<GatewayOptions, "applications" | "limits"> & {
    readonly applications: ReadonlyMap<string, ApplicationConfig>;
    readonly limits: GatewayLimits & RelayLimits;
  };
}

/** Either a configuration, or all of its mistakes, each in one line that says where. */
export type LoadedConfig =
  | { readonly config: Config; readonly problems?: never }
  | { readonly config?: never; readonly problems: readonly string[] };

/** Reads a configuration. Some defaults depend on how much memory there is. */
export function loadConfig(
  file: ConfigFile | undefined,
  environment: Environment,
  memoryBytes: number = Number.POSITIVE_INFINITY,
): LoadedConfig {
  const { options, problems } = readConfiguration(CONFIG, file, environment, mistakesIn);
  return options === undefined ? { problems } : { config: toConfig(options, memoryBytes) };
}

/** What no key has alone. */
function mistakesIn(options: FileOptions): readonly Mistake[] {
  const { listeners, applications } = options;
  return [...sharedPorts(options), ...emptyVersionRanges(listeners), ...relayContradictions(applications)];
}

function emptyVersionRanges(listeners: readonly ListenerOptions[]): readonly Mistake[] {
  return listeners.flatMap(({ tls: { minVersion, maxVersion } }, index) => {
    if (TLS_VERSIONS.indexOf(minVersion) <= TLS_VERSIONS.indexOf(maxVersion)) return [];
    const sentence = `must not be newer than maxVersion, which is ${maxVersion}`;
    return [{ path: ["listeners", String(index), "tls", "minVersion"], sentence }];
  });
}

function toConfig(options: FileOptions, memoryBytes: number): Config {
  const { chunkSize, ackWindow, rtmpe, merge, limits, timeouts, applications, ...rest } = options;
  return {
    ...rest,
    memoryBytes,
    gateway: {
      chunkSize,
      ackWindow,
      rtmpe,
      merge,
      limits: limitsIn(memoryBytes, rest.workers, limits),
      timeouts,
      trace: rest.log.trace,
      applications,
    },
  };
}
