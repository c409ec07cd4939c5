import type { Part } from "./part.ts";

type Verdict = "taken over" | "not needed" | "not taken over";

interface Finding {
  readonly part: Part;
  readonly verdict: Verdict;
  readonly text: string;
}

/** What becomes of each part of another server's configuration. It shows names and places, and no values. */
export class Report {
  readonly #findings: Finding[] = [];
  /** What is said of each part, so that it is said once, however many applications it holds for. */
  readonly #found = new Map<Part, Set<string>>();

  /** `key` is the place in the configuration that is made. */
  taken(part: Part, key: string): void {
    this.#add(part, "taken over", `is ${key}`);
  }

  /** Nothing is lost without it. The same holds for all within it. */
  needless(part: Part, why: string): void {
    this.#addWhole(part, "not needed", why);
  }

  /** Lost, with all within it. */
  left(part: Part, why: string): void {
    this.#addWhole(part, "not taken over", why);
  }

  /** Lost, while what is within it, or more of it, is not. */
  partly(part: Part, what: string): void {
    this.#add(part, "not taken over", what);
  }

  /** What is said by the part around them, which has a finding. */
  covered(parts: readonly Part[]): void {
    for (const part of parts) {
      this.#saidOf(part);
      this.covered(part.parts);
    }
  }

  /** Whatever has no finding yet is not in use. */
  complete(parts: readonly Part[]): void {
    for (const part of parts) {
      if (part.parts.length > 0) this.complete(part.parts);
      else if (!this.#found.has(part)) this.needless(part, "nothing in this file uses it");
    }
  }

  get isComplete(): boolean {
    return this.#count("not taken over") === 0;
  }

  /** One line for each finding, the lost ones last, and the sum. */
  get lines(): readonly string[] {
    const verdicts: readonly Verdict[] = ["taken over", "not needed", "not taken over"];
    return [
      ...verdicts.flatMap((verdict) => this.#findings.filter((finding) => finding.verdict === verdict)),
    ].map(({ part, verdict, text }) => `${part.place}: ${shortened(part.name)}: ${verdict}: ${text}`);
  }

  get sum(): string {
    const [taken, needless, left] = (["taken over", "not needed", "not taken over"] as const).map((verdict) =>
      this.#count(verdict),
    );
    return `${taken} taken over, ${needless} not needed, ${left} not taken over`;
  }

  #addWhole(part: Part, verdict: Verdict, why: string): void {
    this.#add(part, verdict, why);
    const within = (outer: Part): void => {
      for (const inner of outer.parts) {
        this.#add(inner, verdict, `it is within ${shortened(part.name)}`);
        within(inner);
      }
    };
    within(part);
  }

  #add(part: Part, verdict: Verdict, text: string): void {
    const said = this.#saidOf(part);
    if (said.has(text)) return;
    said.add(text);
    this.#findings.push({ part, verdict, text });
  }

  #saidOf(part: Part): Set<string> {
    const said = this.#found.get(part) ?? new Set();
    this.#found.set(part, said);
    return said;
  }

  #count(verdict: Verdict): number {
    return this.#findings.filter((finding) => finding.verdict === verdict).length;
  }
}

/** In rubbish, a name may be most of the file. */
const MAX_NAME_LENGTH = 60;

function shortened(name: string): string {
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}...` : name;
}
