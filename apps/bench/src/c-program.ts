import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface Needs {
  /** A name for the preprocessor. */
  readonly define?: string;
  readonly library?: string;
}

/** A program in `assets`, compiled where it is needed. */
export class CProgram {
  readonly #asset: string;
  readonly #needs: Needs;

  constructor(asset: string, needs: Needs = {}) {
    this.#asset = asset;
    this.#needs = needs;
  }

  /** What it takes to compile it, if that is not there. */
  get missing(): string | undefined {
    if (this.#compile("-fsyntax-only").status === 0) return undefined;
    const packages = ["gcc", "libc6-dev", ...(this.#needs.library ? [`lib${this.#needs.library}-dev`] : [])];
    return `a C compiler: apt-get install ${packages.join(" ")}`;
  }

  /** Returns the path of the program. */
  compileIn(folder: string): string {
    const program = join(folder, "program");
    const { status, stderr } = this.#compile("-o", program);
    if (status !== 0) throw new Error(`${this.#asset} does not compile: ${stderr}`);
    return program;
  }

  #compile(...options: readonly string[]): SpawnSyncReturns<string> {
    const { define, library } = this.#needs;
    const source = fileURLToPath(new URL(`../assets/${this.#asset}`, import.meta.url));
    const defined = define === undefined ? [] : [`-D${define}`];
    const linked = library === undefined ? [] : [`-l${library}`];
    return spawnSync("cc", ["-O2", ...defined, ...options, source, ...linked], { encoding: "utf8" });
  }
}
