import { readFileSync, renameSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isNetwork } from "@headgate/listener";
import { type Faults, Guard } from "@headgate/transport";
import type { Logger } from "pino";
import { type Ban, type Bans, MAX_BANS } from "./bans.ts";

/** Nothing longer comes from the API: addresses, patterns and reasons. */
const MAX_TEXT_LENGTH = 512;

/** Twelve digits of base 16, as they are made. */
const ID = /^[0-9a-f]{12}$/;

/** The last moment that a Date has. Milliseconds since 1970. */
const LAST_MS = 8.64e15;

interface Parts {
  readonly log: Logger;
  readonly faults: Faults;
}

/** Keeps the bans of a server in a file, so that they outlive it. The process that has the table writes it. */
export class BanFile {
  readonly #file: string;
  readonly #bans: Bans;
  readonly #log: Logger;
  readonly #guard: Guard;
  #isWanted = false;
  #written: Promise<void> | undefined;

  /** Takes over what the file has, and writes it again after each change. */
  constructor(file: string, bans: Bans, { log, faults }: Parts) {
    this.#file = file;
    this.#bans = bans;
    this.#log = log;
    this.#guard = new Guard(faults, "task", () => {});
    bans.replace(this.#read());
    const before = bans.onChange;
    bans.onChange = (added) => {
      before(added);
      this.#write();
    };
  }

  /** Resolves when the file has all bans, or cannot be written. */
  async settled(): Promise<void> {
    await this.#written;
  }

  #read(): readonly Ban[] {
    let text: string;
    try {
      text = readFileSync(this.#file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#refuse((error as Error).message);
      return [];
    }
    try {
      return bansIn(JSON.parse(text));
    } catch (error) {
      this.#refuse((error as Error).message);
      return [];
    }
  }

  /** What cannot be read is put aside, where it is not written over. */
  #refuse(reason: string): void {
    const kept = `${this.#file}.broken`;
    try {
      renameSync(this.#file, kept);
    } catch {
      // The line below tells of the file in any case.
    }
    this.#log.error(
      { code: "BANS_UNREADABLE", file: this.#file, kept, reason },
      "bans cannot be read: nobody is banned; mend the file that was kept, and start again with it",
    );
  }

  #write(): void {
    this.#isWanted = true;
    if (this.#written) return;
    this.#written = this.#writeAll();
    this.#guard.settle(this.#written, () => {});
  }

  /** Once more if there was a change meanwhile. */
  async #writeAll(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      try {
        await writeWhole(this.#file, textOf(this.#bans.all));
      } catch (error) {
        const { message } = error as Error;
        this.#log.error(
          { code: "BANS_UNWRITABLE", file: this.#file, reason: message },
          "bans cannot be written: they hold until the server ends",
        );
      }
    }
    this.#written = undefined;
  }
}

/** As a whole, or not at all: a killed process leaves the file as it was. */
async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const unfinished = `${file}.unfinished`;
  await writeFile(unfinished, text, { mode: 0o600, flush: true });
  await rename(unfinished, file);
}

/** A line for each, for those who look at it. */
function textOf(bans: readonly Ban[]): string {
  return `[\n${bans.map((ban) => JSON.stringify(ban)).join(",\n")}\n]\n`;
}

/** Throws an error that says which of them is none. */
function bansIn(read: unknown): readonly Ban[] {
  if (!Array.isArray(read)) throw new Error("it is no list of bans");
  if (read.length > MAX_BANS) throw new Error(`it has more than ${MAX_BANS} bans`);
  return read.map((entry, index) => {
    const ban = banIn(entry);
    if (!ban) throw new Error(`entry ${index + 1} is no ban`);
    return ban;
  });
}

function banIn(entry: unknown): Ban | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const { id, address, identity, stream, reason, createdMs, untilMs } = entry as Partial<Ban>;
  const about = [address, identity, stream].filter((each) => each !== undefined);
  if (typeof id !== "string" || !ID.test(id) || about.length === 0) return undefined;
  if (typeof reason !== "string" || ![reason, ...about].every(isText)) return undefined;
  if (address !== undefined && !isNetwork(address)) return undefined;
  if (!isTime(createdMs) || (untilMs !== undefined && !isTime(untilMs))) return undefined;
  return { id, address, identity, stream, reason, createdMs, untilMs };
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.length <= MAX_TEXT_LENGTH;
}

/** One that the API can show. */
function isTime(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= LAST_MS;
}
