/** What NGINX_ESCAPE_ARGS of nginx 1.22 escapes, besides control characters, spaces and what is not ASCII. */
const ESCAPED = new Set(Buffer.from("#%&+;?"));

/** Escapes as nginx does: bytes of UTF-8, and fewer of them than a browser. */
export function escapeArgument(value: string | Uint8Array): string {
  let escaped = "";
  for (const byte of Buffer.from(value as string))
    escaped += isPlain(byte) && !ESCAPED.has(byte) ? String.fromCharCode(byte) : percent(byte);
  return escaped;
}

/** Leaves what is written alone, but for bytes that cannot stand in a URL. */
export function escapeUnprintable(text: string): string {
  let escaped = "";
  for (const byte of Buffer.from(text)) escaped += isPlain(byte) ? String.fromCharCode(byte) : percent(byte);
  return escaped;
}

function isPlain(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f;
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}
