import type { Networks } from "./networks.ts";
import type { CredentialKind, StreamRules } from "./rules.ts";

const HOLDERS: Readonly<Record<CredentialKind, string>> = {
  key: "a key",
  user: "a user and a password",
  signedUrl: "a signed URL",
  token: "a token",
};

/** Who may publish, or play, in words for a person. */
export function holdersIn({ allow, deny, asksFor }: StreamRules): string {
  const credentials = asksFor.map((kind) => HOLDERS[kind]).join(" or ");
  return [
    placesIn(allow),
    ...(credentials === "" ? [] : [`with ${credentials}`]),
    ...(deny.isEmpty ? [] : [`but not ${deny.written.join(", ")}`]),
  ].join(" ");
}

function placesIn(allow: Networks): string {
  if (allow.written.includes("all")) return "everybody";
  if (allow.written.join() === "private") return "this machine and private networks";
  return allow.isEmpty ? "nobody" : `everybody in ${allow.written.join(", ")}`;
}
