import type { Path } from "./claims.ts";
import type { Draft } from "./draft.ts";
import type { Part } from "./part.ts";
import type { Report } from "./report.ts";

/** Where rules put what they find. */
export interface Output {
  readonly draft: Draft;
  readonly report: Report;
}

/** What to do with one directive or key. */
export type Rule<P extends Part, Scope extends Output = Output> = (part: P, scope: Scope) => void;

/** By name. */
export type Rules<P extends Part, Scope extends Output = Output> = Readonly<Record<string, Rule<P, Scope>>>;

/** Does with each part what its rule says. */
export function applyRules<P extends Part, Scope extends Output>(
  parts: readonly P[],
  rules: Rules<P, Scope>,
  nameOf: (part: P) => string,
  scope: Scope,
): void {
  for (const part of parts) {
    const name = nameOf(part);
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule) rule(part, scope);
    else scope.report.left(part, "this import does not know it");
  }
}

/** Lost. */
export function left(why: string): Rule<Part> {
  return (part, { report }) => report.left(part, why);
}

/** Nothing is lost without it. */
export function needless(why: string): Rule<Part> {
  return (part, { report }) => report.needless(part, why);
}

/** Becomes the value of one key. `convert` returns undefined for what it cannot read. */
export function becomes<P extends Part>(path: Path, convert: (part: P) => unknown): Rule<P> {
  return (part, { draft, report }) => {
    const value = convert(part);
    if (value === undefined) report.left(part, "its value is none that it can have");
    else draft.set(part, path, value);
  };
}

/** The same rule for several names. */
export function each<R>(names: string, rule: R): Readonly<Record<string, R>> {
  return Object.fromEntries(names.split(" ").map((name) => [name, rule]));
}
