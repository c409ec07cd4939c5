import type { Mistake } from "@headgate/config";
import { stringify } from "yaml";
import { type Claim, claimsAt, documentOf, idOf, indexOf, type Path, type Placed, placed } from "./claims.ts";
import { ImportError, type Part } from "./part.ts";
import type { Report } from "./report.ts";

/** What is said once may hold for each of many applications. A file of our own as long as may be has fewer. */
const MAX_VALUES = 100_000;

/** The configuration that is made. What our own keys do not accept is taken out again at the end, and reported. */
export class Draft {
  readonly #report: Report;
  #claims: Claim[] = [];
  readonly #byPath = new Map<string, Claim>();
  readonly #lengths = new Map<string, number>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** The first value for a key stays. */
  set(part: Part | undefined, path: Path, value: unknown, otherwise?: () => void): void {
    const other = this.#byPath.get(idOf(path));
    if (other && JSON.stringify(other.value) !== JSON.stringify(value)) {
      const first = other.parts[0] ? `, and ${other.parts[0].place} comes first` : "";
      if (part) this.#report.left(part, `there is one ${spelled(path)} for all${first}`);
      return;
    }
    this.#claim({ path, value, parts: part ? [part] : [], otherwise });
  }

  /** One more entry of a list. */
  append(parts: readonly Part[], path: Path, value: unknown, otherwise?: () => void): void {
    const length = this.#lengths.get(idOf(path)) ?? 0;
    this.#lengths.set(idOf(path), length + 1);
    this.#claim({ path: [...path, length], value, parts, otherwise });
  }

  /** What keeps everybody out of an application, in place of something that would keep out some. */
  closing(application: string, use: string): () => void {
    return () => this.append([], ["applications", application, use, "deny"], "all");
  }

  has(path: Path): boolean {
    return this.#byPath.has(idOf(path));
  }

  get hasApplications(): boolean {
    return this.#claims.some(({ path }) => path[0] === "applications");
  }

  /**
   * Our applications inherit from "*", key by key. For a server whose applications do not, each gets its own value of those keys:
   * the one that they have without being written.
   */
  isolateApplications(defaultOf: (keys: readonly string[]) => unknown): void {
    const claims = this.#claims.filter(({ path }) => path[0] === "applications");
    const written = new Set(claims.flatMap(({ path }) => path.map((_, at) => idOf(path.slice(0, at + 1)))));
    const inherited = new Map(
      claims.filter(({ path }) => path[1] === "*").map(({ path }) => [idOf(keysIn(path)), keysIn(path)]),
    );
    const names = new Set(claims.map(({ path }) => path[1]!));
    names.delete("*");
    for (const name of names) {
      for (const keys of inherited.values()) {
        const path = ["applications", name, ...keys];
        if (keys.length > 0 && !written.has(idOf(path))) this.set(undefined, path, defaultOf(keys));
      }
    }
  }

  /** The configuration as YAML, in which `judge` finds no mistake. */
  finish(judge: (yaml: string) => readonly Mistake[]): string {
    for (;;) {
      const claims = placed(this.#claims);
      const yaml = stringify(documentOf(claims), { lineWidth: 0 });
      const mistakes = judge(yaml);
      if (mistakes.length === 0) {
        for (const { claim, path } of claims)
          for (const part of claim.parts) this.#report.taken(part, spelled(path));
        return yaml;
      }
      this.#withdraw(mistakes, claims);
    }
  }

  #claim(claim: Claim): void {
    if (this.#claims.length >= MAX_VALUES)
      throw new ImportError(
        claim.parts[0]?.place ?? "the configuration",
        `more than ${MAX_VALUES} values would come of it`,
      );
    this.#claims.push(claim);
    if (!this.#byPath.has(idOf(claim.path))) this.#byPath.set(idOf(claim.path), claim);
  }

  #withdraw(mistakes: readonly Mistake[], claims: readonly Placed[]): void {
    const withdrawn = new Map<Claim, string>();
    const index = indexOf(claims);
    for (const { path, key, sentence } of mistakes) {
      const whole = key === undefined ? path : [...path, key];
      for (const claim of claimsAt(whole, index)) withdrawn.set(claim, `${spelled(path)} ${sentence}`);
    }
    if (withdrawn.size === 0) throw new Error(`no part is to blame for: ${mistakes[0]?.sentence}`);
    for (const [{ parts }, why] of withdrawn) for (const part of parts) this.#report.partly(part, why);
    this.#claims = this.#claims.filter((claim) => !withdrawn.has(claim));
    for (const { otherwise } of withdrawn.keys()) otherwise?.();
  }
}

/** As `headgate check` spells it. */
function spelled(path: Path): string {
  return `/${path.join("/")}`;
}

/** The keys of an application that a path has, without places in lists. */
function keysIn(path: Path): readonly string[] {
  const keys = path.slice(2);
  const list = keys.findIndex((step) => typeof step === "number");
  return (list < 0 ? keys : keys.slice(0, list)).map(String);
}
