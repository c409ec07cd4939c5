const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The same text in memory of its own. A part of a text refers to the whole, and so keeps what a peer wrote around a name for as
 * long as the name is kept.
 */
export function ownText(text: string): string {
  return decoder.decode(encoder.encode(text));
}
