/** What would end the user or the password in a URL, or is none of it. */
const DELIMITERS = /[\s%@:/?#[\]]/g;

/** What `encodeURIComponent` leaves, and other programs encode. */
const LEFT = /[!'()*]/g;

/**
 * A user or a password as it is, and as it may be written in front of the host of a URL. FFmpeg computes its answers with what is
 * written there.
 */
export function urlSpellings(text: string): readonly string[] {
  // A text of a configuration may have halves of characters, which have no spelling.
  const whole = Buffer.from(text).toString();
  const usual = encodeURIComponent(whole);
  const short = whole.replace(DELIMITERS, encodeURIComponent);
  const long = usual.replace(LEFT, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  return [...new Set([text, short, usual, long])];
}
