import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AcmeSettings } from "./config.ts";

/** A folder that goes with the test. */
const FOLDER: string = mkdtempSync(join(tmpdir(), "headgate-acme-"));
process.once("exit", () => rmSync(FOLDER, { recursive: true }));

let count = 0;

/** Settings with a folder of their own. */
export function settingsFor(domains: readonly string[], more: Partial<AcmeSettings> = {}): AcmeSettings {
  count += 1;
  const directory = "https://authority.example:14000/directory";
  return { domains, email: undefined, directory, folder: join(FOLDER, String(count)), ...more };
}
