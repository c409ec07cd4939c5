import type { Written } from "./changed-keys.ts";
import { applyEnvironment, type Environment, type Overrides } from "./environment.ts";
import type { Section } from "./field.ts";
import type { Mistake } from "./mistake.ts";
import { sectionType } from "./section.ts";
import { YamlSource } from "./yaml-source.ts";

/** More than a person repairs at once. In a file that is none of a configuration, every key may be a mistake. */
export const MAX_SHOWN_MISTAKES = 100;

export interface ConfigFile {
  /** The name as the user gave it: messages begin with it. */
  readonly name: string;
  readonly content: string;
}

/** Either the options of a section, or its mistakes, each in one line that says where. */
type Configuration<T> =
  | (Written<T> & { readonly problems?: never })
  | { readonly options?: never; readonly problems: readonly string[] };

/**
 * Reads a section from a file, or its defaults without one, and from HEADGATE_ variables, which override the file. `check`
 * finds mistakes that no key has alone.
 */
export function readConfiguration<T>(
  section: Section<T>,
  file: ConfigFile | undefined,
  environment: Environment,
  check: (options: T) => readonly Mistake[],
): Configuration<T> {
  const source = new YamlSource(file?.name ?? "defaults", file?.content ?? "");
  if (source.problems.length > 0) return { problems: source.problems };
  const document = source.value ?? {};
  const type = sectionType(section);
  const overrides = applyEnvironment(document, environment, type);
  const mistakes: Mistake[] = [];
  const options = type.read(document, [], mistakes);
  if (mistakes.length === 0) mistakes.push(...check(options));
  const shown = inOrder(mistakes.slice(0, MAX_SHOWN_MISTAKES), source, overrides);
  const more = mistakes.length - shown.length;
  const problems = [
    ...shown,
    ...(more > 0 ? [`${file?.name ?? "defaults"}: ${more} more`] : []),
    ...overrides.problems,
  ];
  return problems.length > 0 ? { problems } : { options, document };
}

/** The mistakes of a file by themselves, for programs that write one: without variables, and all of them. */
export function mistakesOf<T>(
  section: Section<T>,
  content: string,
  check: (options: T) => readonly Mistake[],
): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  const options = sectionType(section).read(new YamlSource("", content).value ?? {}, [], mistakes);
  return mistakes.length > 0 ? mistakes : check(options);
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
