import type { AnySection, Field, ValueType } from "@headgate/config";

const HEAD = `// Written by npm run generate from the declarations of the keys.

`;

/** The longest line of a comment. */
const WIDTH = 110;

/** The TypeScript type of what may be written in a configuration file. */
export function writtenConfig(section: AnySection): string {
  const head = [
    ...commentOf(
      "The configuration of a gateway: the keys of the configuration file, as they are written there. What is left out has its default, as in the file.",
      "",
    ),
    "export interface GatewayConfig {",
  ];
  return `${HEAD}${[...head, ...keysOf(section, "  "), "}"].join("\n")}\n`;
}

function keysOf(section: AnySection, indent: string): string[] {
  return Object.values(section).flatMap((field) => [
    ...commentOf(textOf(field), indent),
    `${indent}readonly ${field.key}${field.isRequired ? "" : "?"}: ${typeOf(field, indent)};`,
  ]);
}

/** With the default, unless that is a list, or many keys. */
function textOf({ description, writtenDefault }: Field<unknown>): string {
  const isShort = ["string", "number", "boolean"].includes(typeof writtenDefault) && writtenDefault !== "";
  return isShort ? `${description} Default: ${writtenDefault}.` : description;
}

function typeOf(type: ValueType<unknown>, indent: string): string {
  const { parts, writtenAs = "string" } = type;
  const alone = parts?.kind !== "named" && parts?.mayBeAlone;
  switch (parts?.kind) {
    case undefined:
      return writtenAs;
    case "section": {
      const section = bodyOf(parts.fields, indent);
      return alone ? `${writtenAs} | ${section}` : section;
    }
    case "named":
      return `Readonly<Record<string, ${bodyOf(parts.entries.parts.fields, indent)}>>`;
    case "list": {
      const item = typeOf(parts.items, indent);
      const list = `readonly ${/^[a-z]+$/.test(item) || item.startsWith("{") ? item : `(${item})`}[]`;
      return alone ? `${item} | ${list}` : list;
    }
  }
}

function bodyOf(fields: AnySection, indent: string): string {
  return ["{", ...keysOf(fields, `${indent}  `), `${indent}}`].join("\n");
}

function commentOf(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = `${indent} *`;
  for (const word of text.replaceAll("*/", "*\\/").split(" ")) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `${indent} *`;
    }
    line += ` ${word}`;
  }
  const all = [...lines, line];
  return all.length === 1
    ? [`${indent}/**${line.slice(indent.length + 2)} */`]
    : [`${indent}/**`, ...all, `${indent} */`];
}
