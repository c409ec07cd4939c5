import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Makes the folder, if one is wanted: a folder that cannot be written must be noticed before measuring, not after it. */
export function prepareResults(folder: string | undefined): void {
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
}

/** Writes texts by the names of their files, if a folder is wanted. */
export function writeResults(folder: string | undefined, files: Readonly<Record<string, string>>): void {
  if (folder === undefined) return;
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}
