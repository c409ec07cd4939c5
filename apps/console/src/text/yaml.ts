/** The configuration as its file would have it. Of JSON: no anchors, no tags. */
export function yaml(value: unknown, indent: string = ""): string {
  if (Array.isArray(value)) return value.map((item) => `${indent}- ${inItem(item, indent)}`).join("");
  if (!isObject(value)) return `${indent}${scalar(value)}\n`;
  return Object.entries(value)
    .map(([key, inner]) => `${indent}${scalar(key)}:${after(inner, indent)}`)
    .join("");
}

function after(value: unknown, indent: string): string {
  if (Array.isArray(value) && value.every((item) => !isObject(item) && !Array.isArray(item)))
    return ` [${value.map(scalar).join(", ")}]\n`;
  const isNested = Array.isArray(value) || (isObject(value) && Object.keys(value).length > 0);
  return isNested ? `\n${yaml(value, `${indent}  `)}` : ` ${scalar(value)}\n`;
}

/** The first line of an item stands behind its dash. */
function inItem(item: unknown, indent: string): string {
  return yaml(item, `${indent}  `).trimStart();
}

const PLAIN = /^[A-Za-z_*/][\w./*-]*$/;
const WORDS = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

function scalar(value: unknown): string {
  if (typeof value === "string")
    return PLAIN.test(value) && !WORDS.test(value) && !value.startsWith("*") ? value : JSON.stringify(value);
  return isObject(value) ? "{}" : JSON.stringify(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
