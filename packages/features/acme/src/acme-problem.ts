/** More of what is wrong makes the line in the log no clearer. */
const MAX_SUBPROBLEMS = 10;

const TYPES = /^urn:ietf:params:acme:error:/;

/** What is wrong, in the authority's words (RFC 7807, RFC 8555 §6.7). Subproblems of subproblems are left out. */
export function sentenceOf(problem: unknown): string {
  const { detail, subproblems } = Object(problem) as Readonly<Record<string, unknown>>;
  const below = Array.isArray(subproblems) ? subproblems.slice(0, MAX_SUBPROBLEMS).map(ownSentence) : [];
  return (
    [detail, ...below].filter((part) => typeof part === "string" && part !== "").join("; ") + typeOf(problem)
  );
}

function ownSentence(problem: unknown): string {
  const { detail } = Object(problem) as Readonly<Record<string, unknown>>;
  return (typeof detail === "string" ? detail : "") + typeOf(problem);
}

function typeOf(problem: unknown): string {
  const { type } = Object(problem) as Readonly<Record<string, unknown>>;
  return typeof type === "string" ? ` (${type.replace(TYPES, "")})` : "";
}
