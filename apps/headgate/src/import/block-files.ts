import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { matchesPattern } from "@headgate/bus";
import { MAX_CONFIG_BYTES } from "../read-config.ts";
import { readText } from "../read-text.ts";
import { parseBlocks } from "./block-parser.ts";
import { type Directive, ImportError } from "./part.ts";

/** More than the servers of a hosting company, each with a file of its own. */
const MAX_INCLUDES = 500;

/** A file that includes a file that includes a file. */
const MAX_INCLUDE_DEPTH = 10;

/** How a server finds the files that it includes. */
export interface IncludeRules {
  /** Where a relative name is looked for: the first folder that has it. */
  readonly folders: readonly string[];
  /** Blocks of which nothing is imported: their files are not read. */
  readonly opaque: ReadonlySet<string>;
}

/** The directives of a file, in which those of included files follow each `include`. */
export function readBlockFile(name: string, rules: IncludeRules): readonly Directive[] {
  return new BlockFiles(rules).read(name);
}

class BlockFiles {
  readonly #rules: IncludeRules;
  /** Together they may be as long as a configuration of our own. */
  #bytesLeft = MAX_CONFIG_BYTES;
  #includes = 0;

  constructor(rules: IncludeRules) {
    this.#rules = rules;
  }

  read(name: string): readonly Directive[] {
    const { text, problem } = this.#textOf(name);
    if (problem !== undefined) throw new ImportError(name, `cannot be read: ${problem}`);
    return this.#expand(parseBlocks(name, text), [name]);
  }

  #textOf(name: string): ReturnType<typeof readText> {
    const read = readText(name, MAX_CONFIG_BYTES);
    this.#bytesLeft -= Buffer.byteLength(read.text ?? "");
    return read;
  }

  /** `chain` has the files that lead here. */
  #expand(directives: readonly Directive[], chain: readonly string[]): readonly Directive[] {
    return directives.flatMap((directive) => {
      if (directive.name === "include" && directive.parts.length === 0)
        return this.#include(directive, chain);
      if (this.#rules.opaque.has(directive.name)) return [directive];
      return [{ ...directive, parts: this.#expand(directive.parts, chain) }];
    });
  }

  #include(directive: Directive, chain: readonly string[]): readonly Directive[] {
    const found = directive.args.map((name) => filesOf(name, this.#rules.folders));
    const problem = found.find((files) => typeof files === "string") as string | undefined;
    if (problem !== undefined || found.length === 0)
      return [{ ...directive, problem: problem ?? "it names no file" }];
    const included = (found as string[][]).flat().map((file) => this.#included(file, directive, chain));
    const failed = included.find((result) => typeof result === "string") as string | undefined;
    const directives = included.filter((result) => typeof result !== "string").flat();
    return [{ ...directive, ...(failed === undefined ? {} : { problem: failed }) }, ...directives];
  }

  /** The directives of a file, or why it is not read. */
  #included(file: string, { place }: Directive, chain: readonly string[]): readonly Directive[] | string {
    this.#includes += 1;
    if (chain.includes(file)) throw new ImportError(place, "includes the file that it is in");
    if (chain.length > MAX_INCLUDE_DEPTH)
      throw new ImportError(place, `included deeper than ${MAX_INCLUDE_DEPTH} files`);
    if (this.#includes > MAX_INCLUDES)
      throw new ImportError(place, `more than ${MAX_INCLUDES} included files`);
    const { text, problem } = this.#textOf(file);
    if (this.#bytesLeft < 0)
      throw new ImportError(place, `with this file there are more than ${MAX_CONFIG_BYTES} bytes`);
    if (problem !== undefined) return `its file cannot be read: ${problem}`;
    return this.#expand(parseBlocks(file, text), [...chain, file]);
  }
}

/** The files that an `include` names, in order; or why they are not read. */
function filesOf(name: string, folders: readonly string[]): readonly string[] | string {
  const candidates = isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name));
  if (!/[*?[]/.test(name)) return [candidates.find((path) => existsSync(path)) ?? candidates[0]!];
  const pattern = basename(name);
  if (/[*?[]/.test(dirname(name)) || /[?[]/.test(pattern))
    return 'its name has other wildcards than "*" in the last level';
  for (const candidate of candidates) {
    const names = namesIn(dirname(candidate)).filter((each) => matches(each, pattern));
    if (names.length > 0) return names.sort().map((each) => join(dirname(candidate), each));
  }
  return [];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** As a shell would: a leading dot is no match for a wildcard. */
function matches(name: string, pattern: string): boolean {
  const isHidden = pattern.startsWith("*") && name.startsWith(".");
  return !isHidden && matchesPattern(pattern, name);
}
