import type { ApplicationOptions } from "@headgate/bus";
import type { GatewayOptions } from "@headgate/gateway";
import { applyEnvironment, type Environment, type Overrides } from "./environment.ts";
import { readSection } from "./field.ts";
import {
  ADMIN,
  type AdminOptions,
  APPLICATION,
  LIMITS,
  LISTENER,
  type ListenerOptions,
  LOG,
  type LogOptions,
  TIMEOUTS,
  WIRE,
} from "./schema.ts";
import { type Mistake, validate } from "./validate.ts";
import { YamlSource } from "./yaml-source.ts";

/** All that a process is told, complete. */
export interface Config {
  readonly listeners: readonly ListenerOptions[];
  readonly admin: AdminOptions;
  readonly log: LogOptions;
  readonly gateway: GatewayOptions;
}

export interface ConfigFile {
  /** As the person who wrote it names it: mistakes begin with it. */
  readonly name: string;
  readonly content: string;
}

/** Either a configuration, or everything that is wrong with it, each in one line that says where. */
export type LoadedConfig =
  | { readonly config: Config; readonly problems?: never }
  | { readonly config?: never; readonly problems: readonly string[] };

/** Reads a configuration from a file, or the defaults without one, and from HEADGATE_ variables, which win. */
export function loadConfig(file: ConfigFile | undefined, environment: Environment): LoadedConfig {
  const source = new YamlSource(file?.name ?? "defaults", file?.content ?? "");
  if (source.problems.length > 0) return { problems: source.problems };
  const document = withFirstEntries(source.value);
  const overrides = applyEnvironment(document, environment);
  const mistakes = validate(document);
  const config = mistakes.length === 0 ? toConfig(document as Document) : undefined;
  const found = config === undefined ? mistakes : sharedAddresses(config.listeners);
  const problems = [...inOrder(found, source, overrides), ...overrides.problems];
  return config === undefined || problems.length > 0 ? { problems } : { config };
}

/** What validation leaves to be read section by section. */
interface Document {
  readonly listeners: readonly unknown[];
  readonly admin?: unknown;
  readonly log?: unknown;
  readonly limits?: unknown;
  readonly timeouts?: unknown;
  readonly applications: Readonly<Record<string, unknown>>;
}

/** Without listeners there is one, and without applications there is `*`: a variable may then change them. */
function withFirstEntries(value: unknown): unknown {
  const document = value ?? {};
  if (typeof document !== "object" || Array.isArray(document)) return document;
  const { listeners, applications } = document as Partial<Document>;
  return { ...document, listeners: listeners ?? [{}], applications: applications ?? { "*": {} } };
}

/** As they stand in the file, from its top; then those of variables, which stand nowhere in it. */
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

function sharedAddresses(listeners: readonly ListenerOptions[]): readonly Mistake[] {
  return listeners.flatMap(({ host, port }, index) => {
    const first = listeners.findIndex((other) => other.host === host && other.port === port);
    if (first === index) return [];
    const sentence = `must be another port than ${port}, which listener ${first} has on the same address`;
    return [{ path: ["listeners", String(index), "port"], sentence }];
  });
}

function toConfig(document: Document): Config {
  const everyOther = readSection(APPLICATION, document.applications["*"]);
  const applications = Object.entries(document.applications).map(
    ([name, written]): [string, ApplicationOptions] => [name, readSection(APPLICATION, written, everyOther)],
  );
  return {
    listeners: document.listeners.map((listener) => readSection(LISTENER, listener)),
    admin: readSection(ADMIN, document.admin),
    log: readSection(LOG, document.log),
    gateway: {
      ...readSection(WIRE, document),
      limits: readSection(LIMITS, document.limits),
      timeouts: readSection(TIMEOUTS, document.timeouts),
      applications: new Map(applications),
    },
  };
}
