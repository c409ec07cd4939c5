/** A session's id as the number that nginx gives a connection: programs store it in 32 bits. */
export function numberOfSession(id: string): number {
  return Number.parseInt(id.slice(0, 8), 16);
}

const UUID_START = "00000000-0000-4000-8000-";

/** A session's id in the form of a UUID (RFC 9562), which programs that know MediaMTX may insist on. */
export function uuidOfSession(id: string): string {
  return UUID_START + id.padStart(12, "0");
}

/** The id of the session whose UUID this is, or which has this id. */
export function sessionOfUuid(uuid: string): string {
  return uuid.startsWith(UUID_START) ? uuid.slice(UUID_START.length) : uuid;
}
