import type { Operation } from "./openapi.ts";

/** A page about the API that needs nothing but itself: no script, and nothing from elsewhere. */
export function documentationPage(operations: readonly Operation[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Headgate API</title>
<style>${STYLE}</style>
<h1>Headgate API</h1>
<p>The same for programs: <a href="openapi.json">openapi.json</a>, in OpenAPI 3.1.</p>
${operations.map(sectionOf).join("\n")}
</html>
`;
}

/** Nothing else may be loaded, should a text of ours ever be taken for markup. */
export const CONTENT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code { font-size: 0.9em; } h2 { margin: 2rem 0 0; font-size: 1.1rem; }
table { border-collapse: collapse; width: 100%; } td { border-top: 1px solid #ccc; padding: 0.2rem 0.5rem; vertical-align: top; }
td:first-child { width: 16rem; } summary { cursor: pointer; }`;

interface Property {
  readonly description?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly items?: Property;
  readonly anyOf?: readonly Property[];
}

function sectionOf({ method, path, scope, schema }: Operation): string {
  const { params, querystring, body, response = {} } = schema;
  return [
    `<h2><code>${escaped(method.toUpperCase())} ${escaped(path)}</code></h2>`,
    `<p>${escaped(schema.summary ?? "")}. ${scope === "open" ? "Needs no token." : `Scope: <code>${scope}</code>.`}</p>`,
    tableOf("Parameters", { properties: { ...params?.properties, ...querystring?.properties } }),
    tableOf("Body", (body ?? {}) as Property),
    tableOf("Answer", (response[200] ?? {}) as Property),
  ].join("\n");
}

function tableOf(title: string, schema: Property): string {
  const rows = rowsOf(schema, "");
  if (rows.length === 0) return "";
  return `<details><summary>${title}</summary><table>${rows.join("")}</table></details>`;
}

function rowsOf(schema: Property, prefix: string): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = `${prefix}${name === "*" ? "path" : name}`;
    const row = `<tr><td><code>${escaped(path)}</code></td><td>${escaped(property.description ?? "")}</td></tr>`;
    const inner = property.anyOf?.[0] ?? property;
    const below = inner.items ? rowsOf(inner.items, `${path}[].`) : rowsOf(inner, `${path}.`);
    return [row, ...below];
  });
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
