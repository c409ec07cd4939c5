import type { AnySection, Field } from "@headgate/config";
import { stringify } from "yaml";

/** The longest line of a comment. */
const WIDTH = 132;

const HEAD = `# Every key of Headgate's configuration with its default. Save what you change as headgate.yaml where Headgate is started,
# or name the file with --config. Leave out the rest. \`headgate check FILE\` finds mistakes.
#
# Durations have a unit: 500ms, 10s, 2m, 1h. Sizes are bytes, or have a unit: 64KiB, 8MiB, 1GiB (or kB, MB, GB).
#
# Most keys can also be set by an environment variable, which overrides the file (docs/configuration.md says which not):
#   HEADGATE_LISTENERS_0_PORT=1936
#   HEADGATE_LOG_LEVEL=debug
#   HEADGATE_APPLICATIONS_LIVE_RESUME_WINDOW=5s       the application \`live\`
#   HEADGATE_APPLICATIONS_DEFAULT_RESUME_WINDOW=5s    the application "*"`;

/** A configuration file with every key, its description and its default. */
export function exampleFile(section: AnySection): string {
  const keys = Object.values(section).map((field) => linesOf(field, "").join("\n"));
  return `${[HEAD, ...keys].join("\n\n")}\n`;
}

function linesOf(field: Field<unknown>, indent: string, bullet: string = ""): string[] {
  const bulletOfExample = field.parts?.kind === "named" ? "" : "- ";
  const example = field.example === undefined ? [] : [`${indent}#   ${bulletOfExample}${field.example}`];
  const [first, ...others] = valueLines(field, `${indent}  `);
  return [
    ...commentOf(field.description, indent),
    ...example,
    `${indent}${bullet}${field.key}:${first === "" ? "" : ` ${first}`}`,
    ...others,
  ];
}

/** What stands behind the key, and the lines below it. */
function valueLines({ parts, writtenDefault }: Field<unknown>, indent: string): string[] {
  const isEmptyList = Array.isArray(writtenDefault) && writtenDefault.length === 0;
  if (parts?.kind === "section") return ["", ...linesOfAll(parts.fields, indent)];
  if (parts?.kind === "named" && parts.rest !== undefined)
    return ["", `${indent}"${parts.rest}":`, ...linesOfAll(parts.entries.parts.fields, `${indent}  `)];
  if (parts?.kind === "list" && parts.items.parts?.kind === "section" && !isEmptyList) {
    const [first, ...others] = Object.values(parts.items.parts.fields);
    return ["", ...linesOf(first!, indent, "- "), ...others.flatMap((each) => linesOf(each, `${indent}  `))];
  }
  return [inline(writtenDefault)];
}

/** A value as YAML in one line. */
export function inline(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", flowCollectionPadding: false, lineWidth: 0 }).trim();
}

function linesOfAll(section: AnySection, indent: string): string[] {
  return Object.values(section).flatMap((field) => linesOf(field, indent));
}

function commentOf(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = `${indent}#`;
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `${indent}#`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
