import { configMistakes } from "../config/load-config.ts";
import type { ImportedServer } from "../known-names.ts";
import { printable, printableLines } from "../printable.ts";
import { Draft } from "./draft.ts";
import { importMediaMtx } from "./mediamtx/mediamtx.ts";
import { importNginxRtmp } from "./nginx-rtmp/nginx-rtmp.ts";
import { importNms } from "./nms/nms.ts";
import { ImportError, type Part } from "./part.ts";
import { Report } from "./report.ts";
import type { Output } from "./rules.ts";
import { importSrs } from "./srs/srs.ts";

/** Reads a file into a draft and a report, and returns all that is in it. */
type Importer = (file: string, output: Output) => readonly Part[];

const IMPORTERS: Readonly<Record<ImportedServer, Importer>> = {
  "nginx-rtmp": importNginxRtmp,
  srs: importSrs,
  mediamtx: importMediaMtx,
  nms: importNms,
};

/** A configuration is printed, but not all that was there is in it. */
const PARTLY = 2;

/** Prints the configuration for Headgate, and on standard error what has become of each part of the other one. */
export function importConfig(server: ImportedServer, file: string): void {
  const { yaml, report, problem } = importFile(server, file);
  if (yaml === undefined) {
    print([...report.lines, problem, "headgate: nothing can be imported."]);
    process.exitCode = 1;
    return;
  }
  const origin = `# Made by \`headgate config import ${server}\` from ${printable(file)}: ${report.sum}.`;
  process.stdout.write(`${origin}\n${yaml}`);
  print([...report.lines, `headgate: ${report.sum}.`]);
  if (!report.isComplete) process.exitCode = PARTLY;
}

/** Either a configuration or why there is none, and in any case what has been found. */
export type Import = { readonly report: Report } & (
  | { readonly yaml: string; readonly problem?: never }
  | { readonly yaml?: never; readonly problem: string }
);

/** Makes a configuration that `headgate check` accepts. */
export function importFile(server: ImportedServer, file: string): Import {
  const report = new Report();
  const draft = new Draft(report);
  try {
    const parts = IMPORTERS[server](file, { draft, report });
    const yaml = draft.finish(configMistakes);
    report.complete(parts);
    if (!draft.hasApplications)
      throw new ImportError(file, "there is no application in it that Headgate can serve");
    return { yaml, report };
  } catch (error) {
    if (error instanceof ImportError) return { problem: error.message, report };
    throw error;
  }
}

function print(lines: readonly string[]): void {
  process.stderr.write(`${printableLines(lines.join("\n"))}\n`);
}
