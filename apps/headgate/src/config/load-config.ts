import { YamlSource } from "@headgate/config";
import type { GatewayOptions } from "@headgate/gateway";
import { applyEnvironment, type Environment, type Overrides } from "./environment.ts";
import { readSection } from "./field.ts";
import { limitsIn } from "./memory-share.ts";
import {
  ADMIN,
  type AdminOptions,
  APPLICATION,
  type ApplicationConfig,
  HTTP,
  type HttpOptions,
  LIMITS,
  LISTENER,
  type ListenerOptions,
  LOG,
  type LogOptions,
  MERGE,
  OUTWARD,
  type OutwardOptions,
  PROCESSES,
  TIMEOUTS,
  TLS_VERSIONS,
  TUNNEL,
  type TunnelOptions,
  WIRE,
} from "./schema.ts";
import { type Mistake, validate } from "./validate.ts";

/** The complete configuration of a process. */
export interface Config {
  readonly listeners: readonly ConfiguredListener[];
  readonly workers: number;
  readonly admin: AdminOptions;
  readonly http: HttpOptions;
  readonly tunnel: TunnelOptions;
  readonly outward: OutwardOptions;
  readonly log: LogOptions;
  /** The memory that all processes of the server may use together. Bytes. */
  readonly memoryBytes: number;
  readonly gateway: Omit<GatewayOptions, "applications"> & {
    readonly applications: ReadonlyMap<string, ApplicationConfig>;
  };
}

export interface ConfiguredListener extends ListenerOptions {
  /** Used if `port` is not available. Only for defaults: a configured port has no fallback. */
  readonly fallbackPort?: number;
}

export interface ConfigFile {
  /** The name as the user gave it: messages begin with it. */
  readonly name: string;
  readonly content: string;
}

/** Either a configuration, or all of its mistakes, each in one line that says where. */
export type LoadedConfig =
  | { readonly config: Config; readonly problems?: never }
  | { readonly config?: never; readonly problems: readonly string[] };

/**
 * Reads a configuration from a file, or the defaults without one, and from HEADGATE_ variables, which override it. Some
 * defaults depend on how much memory there is.
 */
export function loadConfig(
  file: ConfigFile | undefined,
  environment: Environment,
  memoryBytes: number = Number.POSITIVE_INFINITY,
): LoadedConfig {
  const source = new YamlSource(file?.name ?? "defaults", file?.content ?? "");
  if (source.problems.length > 0) return { problems: source.problems };
  const document = withFirstEntries(source.value, environment);
  const overrides = applyEnvironment(document, environment);
  const mistakes = validate(document);
  const config = mistakes.length === 0 ? toConfig(document as Document, memoryBytes) : undefined;
  const found = config === undefined ? mistakes : mistakesInListeners(config.listeners);
  const problems = [...inOrder(found, source, overrides), ...overrides.problems];
  return config === undefined || problems.length > 0 ? { problems } : { config };
}

/** A validated document, to be read section by section. */
interface Document {
  readonly listeners?: readonly unknown[];
  readonly admin?: unknown;
  readonly http?: unknown;
  readonly tunnel?: unknown;
  readonly outward?: unknown;
  readonly log?: unknown;
  readonly merge?: unknown;
  readonly limits?: unknown;
  readonly timeouts?: unknown;
  readonly applications: Readonly<Record<string, unknown>>;
}

/** Without applications there is `*`. Variables about listeners change those of the file, or else begin a list. */
function withFirstEntries(value: unknown, environment: Environment): unknown {
  const document = value ?? {};
  if (typeof document !== "object" || Array.isArray(document)) return document;
  const { listeners, applications } = document as Partial<Document>;
  const hasVariable = Object.keys(environment).some(
    (name) => /^HEADGATE_LISTENERS_/.test(name) && environment[name],
  );
  return {
    ...document,
    listeners: listeners ?? (hasVariable ? [{}] : null),
    applications: applications ?? { "*": {} },
  };
}

/** In the order of the file, then those of variables. */
function inOrder(
  mistakes: readonly Mistake[],
  source: YamlSource,
  { variableAt }: Overrides,
): readonly string[] {
  const fromVariables: string[] = [];
  const fromFile: { offset: number; text: string }[] = [];
  for (const { path, key, sentence } of mistakes) {
    const variable = variableAt(path);
    const offset = source.offsetOf(path, key);
    if (variable !== undefined) fromVariables.push(`${variable}: ${sentence}`);
    else fromFile.push({ offset, text: `${source.position(offset)} /${path.join("/")}: ${sentence}` });
  }
  fromFile.sort((a, b) => a.offset - b.offset);
  return [...fromFile.map(({ text }) => text), ...fromVariables];
}

function mistakesInListeners(listeners: readonly ListenerOptions[]): readonly Mistake[] {
  return [...sharedAddresses(listeners), ...emptyVersionRanges(listeners)];
}

function emptyVersionRanges(listeners: readonly ListenerOptions[]): readonly Mistake[] {
  return listeners.flatMap(({ tls: { minVersion, maxVersion } }, index) => {
    if (TLS_VERSIONS.indexOf(minVersion) <= TLS_VERSIONS.indexOf(maxVersion)) return [];
    const sentence = `must not be newer than maxVersion, which is ${maxVersion}`;
    return [{ path: ["listeners", String(index), "tls", "minVersion"], sentence }];
  });
}

function sharedAddresses(listeners: readonly ListenerOptions[]): readonly Mistake[] {
  return listeners.flatMap(({ host, port }, index) => {
    const first = listeners.findIndex((other) => other.host === host && other.port === port);
    if (first === index) return [];
    const sentence = `must be another port than ${port}, which listener ${first} has on the same address`;
    return [{ path: ["listeners", String(index), "port"], sentence }];
  });
}

/** The ports that old players try: RTMP on 1935, then 443 and 80. The last two need rights that a user may not have. */
const DEFAULT_LISTENERS: readonly ConfiguredListener[] = [
  readSection(LISTENER, {}),
  { ...readSection(LISTENER, { port: 80 }), fallbackPort: 8080 },
  { ...readSection(LISTENER, { port: 443 }), fallbackPort: 8443 },
];

function toConfig(document: Document, memoryBytes: number): Config {
  const everyOther = readSection(APPLICATION, document.applications["*"]);
  const applications = new Map(
    Object.entries(document.applications).map(([name, written]): [string, ApplicationConfig] => [
      name,
      readSection(APPLICATION, written, everyOther),
    ]),
  );
  const { workers } = readSection(PROCESSES, document);
  return {
    listeners: document.listeners?.map((listener) => readSection(LISTENER, listener)) ?? DEFAULT_LISTENERS,
    workers,
    admin: readSection(ADMIN, document.admin),
    http: readSection(HTTP, document.http),
    tunnel: readSection(TUNNEL, document.tunnel),
    outward: readSection(OUTWARD, document.outward),
    log: readSection(LOG, document.log),
    memoryBytes,
    gateway: {
      ...readSection(WIRE, document),
      merge: readSection(MERGE, document.merge),
      limits: limitsIn(memoryBytes, workers, readSection(LIMITS, document.limits)),
      timeouts: readSection(TIMEOUTS, document.timeouts),
      applications,
    },
  };
}
