/**
 * Whether a path, or another name, is as the pattern says. A star stands for any characters. It is no regular expression: with a few
 * stars one takes seconds for names that a peer has made up.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  const parts = pattern.split(/\*+/);
  if (parts.length === 1) return pattern === path;
  const first = parts.shift()!;
  const last = parts.pop()!;
  if (path.length < first.length + last.length || !path.startsWith(first) || !path.endsWith(last))
    return false;
  let at = first.length;
  for (const part of parts) {
    const found = path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= path.length - last.length;
}
