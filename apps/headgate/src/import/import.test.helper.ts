import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { ImportedServer } from "../known-names.ts";
import { importFile } from "./import-config.ts";

/** For the files of the tests that run in this process. */
export const FOLDER: string = mkdtempSync(join(tmpdir(), "headgate-import-"));
process.once("exit", () => rmSync(FOLDER, { recursive: true }));

/** Writes a file beside those that are imported. Returns its name. */
export function write(name: string, content: string): string {
  const file = join(FOLDER, name);
  writeFileSync(file, content);
  return file;
}

interface Imported {
  /** The configuration, as an object, without `publish` where it only says that everybody may, as most servers have it. */
  readonly config: unknown;
  readonly yaml: string;
  /** Without the folder's name. */
  readonly lines: readonly string[];
}

/** Imports a text as the file `c`. It must be possible. */
export function importText(server: ImportedServer, content: string): Imported {
  const { yaml, problem, report } = importFile(server, write("c", content));
  if (yaml === undefined) throw new Error(problem);
  return {
    yaml,
    config: withoutOpen(parse(yaml)),
    lines: report.lines.map((line) => line.replaceAll(`${FOLDER}/`, "")),
  };
}

function withoutOpen(config: { readonly applications: Record<string, { publish?: object }> }): unknown {
  for (const application of Object.values(config.applications))
    if (JSON.stringify(application.publish) === '{"allow":["all"]}') delete application.publish;
  return config;
}

/** Why a text cannot be imported, without the folder's name. */
export function problemWith(server: ImportedServer, content: string): string {
  const { problem = "none" } = importFile(server, write("c", content));
  return problem.replaceAll(`${FOLDER}/`, "");
}
