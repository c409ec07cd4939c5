import type { Directive } from "./part.ts";
import type { Rule } from "./rules.ts";

export function nameOf({ name }: Directive): string {
  return name;
}

/** A whole number; undefined for anything else. */
export function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The first argument as a whole number. */
export function number({ args: [text] }: Directive): number | undefined {
  return count(text);
}

export function isOn(directive: Directive | undefined): boolean {
  return directive?.args[0] === "on";
}

export function isOff(directive: Directive | undefined): boolean {
  return directive?.args[0] === "off";
}

export function find(directives: readonly Directive[], name: string): Directive | undefined {
  return directives.find((directive) => directive.name === name);
}

/** What a file has in the place of an `include` follows it. */
export const include: Rule<Directive> = (directive, { report }) => {
  if (directive.problem === undefined)
    report.needless(directive, "its directives are imported with the others");
  else report.left(directive, directive.problem);
};
