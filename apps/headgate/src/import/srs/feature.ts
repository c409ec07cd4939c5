import { find, isOn } from "../directives.ts";
import type { Directive } from "../part.ts";
import type { Rule } from "../rules.ts";

/** A block of a feature that Headgate does not have. SRS uses it only with `enabled on`. */
export function feature(why: string): Rule<Directive> {
  return (block, { report }) => {
    if (isOn(find(block.parts, "enabled"))) report.left(block, why);
    else report.needless(block, "it is off");
  };
}
