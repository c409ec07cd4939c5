import { isIP } from "node:net";
import type { Part } from "./part.ts";
import type { Output } from "./rules.ts";

/** One line of a list of who may, or may not. */
export interface AddressRule {
  readonly part: Part;
  readonly verdict: "allow" | "deny";
  readonly uses: readonly Use[];
  /** An address, a network, or `all`. */
  readonly network: string;
}

export type Use = "publish" | "play";

const USES: readonly Use[] = ["publish", "play"];

/** Who may publish or play, as Headgate has it: those who are allowed and not denied. */
interface Addresses {
  readonly allow: readonly AddressRule[];
  readonly deny: readonly AddressRule[];
  /** Whether those may whom no rule names. */
  readonly othersMay: boolean;
}

/** Rules of which the first that matches decides; all others may. */
export function setFirstMatch(rules: readonly AddressRule[], application: string, output: Output): void {
  setEach(rules, USES, firstMatch, application, output);
}

/** Rules of which a deny always decides; then, if anything is allowed for whatever use, only that is. */
export function setDenyFirst(
  rules: readonly AddressRule[],
  application: string,
  output: Output,
  uses: readonly Use[] = USES,
): void {
  const othersMay = rules.length > 0 && rules.every(({ verdict }) => verdict === "deny");
  setEach(
    rules,
    uses,
    (own) => {
      const [allow, deny] = (["allow", "deny"] as const).map((kind) =>
        own.filter(({ verdict }) => verdict === kind),
      );
      return { allow: allow!, deny: deny!, othersMay };
    },
    application,
    output,
  );
}

function setEach(
  rules: readonly AddressRule[],
  each: readonly Use[],
  addressesOf: (rules: readonly AddressRule[]) => Addresses | undefined,
  application: string,
  output: Output,
): void {
  for (const use of each) {
    const own = rules.filter(({ uses }) => uses.includes(use));
    const addresses = own.every(({ network }) => isNetwork(network)) ? addressesOf(own) : undefined;
    if (addresses) setAddresses(own, addresses, use, application, output);
    else closeTo(own, use, application, output);
  }
}

/** Undefined if an address that is allowed first is in a network that is denied later: here a deny always decides. */
function firstMatch(rules: readonly AddressRule[]): Addresses | undefined {
  const end = rules.findIndex(({ network }) => network === "all");
  const last = rules[end];
  const othersMay = last?.verdict !== "deny";
  const before = end < 0 ? rules : rules.slice(0, end);
  const kinds = before.map(({ verdict }) => verdict);
  // The last ones say what holds for all others anyhow.
  const telling = before.slice(0, kinds.lastIndexOf(othersMay ? "deny" : "allow") + 1);
  const [allow, deny] = (["allow", "deny"] as const).map((kind) =>
    telling.filter(({ verdict }) => verdict === kind),
  );
  if (allow!.length > 0 && kinds.indexOf("allow") < kinds.lastIndexOf("deny", telling.length - 1))
    return undefined;
  return { allow: allow!, deny: deny!, othersMay };
}

function setAddresses(
  rules: readonly AddressRule[],
  { allow, deny, othersMay }: Addresses,
  use: Use,
  application: string,
  { draft, report }: Output,
): void {
  const base = ["applications", application, use];
  for (const rule of rules)
    if (!allow.includes(rule) && !deny.includes(rule)) report.needless(rule.part, "the others say it");
  const otherwise = draft.closing(application, use);
  for (const { part, network } of allow) draft.append([part], [...base, "allow"], network, otherwise);
  for (const { part, network } of deny) draft.append([part], [...base, "deny"], network, otherwise);
  if (allow.length > 0) return;
  // Everybody may play unless it is said, and publish only where it is.
  if (!othersMay) draft.append([], [...base, "deny"], "all");
  else if (use === "publish") draft.append([], [...base, "allow"], "all");
}

/** Rather nobody than somebody who may not. */
function closeTo(
  rules: readonly AddressRule[],
  use: Use,
  application: string,
  { draft, report }: Output,
): void {
  const why = `who may ${use} has to be written anew, because here a deny always decides; until then only this machine may`;
  for (const { part } of rules) report.partly(part, why);
  draft.append([], ["applications", application, use, "allow"], "loopback");
}

function isNetwork(text: string): boolean {
  if (text === "all") return true;
  const [address = "", bits, ...more] = text.split("/");
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)]!;
  return (
    more.length === 0 && most > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  );
}
