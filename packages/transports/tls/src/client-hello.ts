import { ByteReader, ProtocolError } from "@headgate/bytes";

/** What a client says before TLS begins (RFC 8446 §4.1.2), as far as the server's answer depends on it. */
export interface ClientHello {
  /** The host that it asks for (RFC 6066 §3). Clients that connect to an address name none. */
  readonly serverName: string | undefined;
  /** Whether it offers the cipher suites of GnuTLS, which no other library has in this selection. */
  readonly isGnuTls: boolean;
  /** Whether it comes to validate a name for ACME: it offers that protocol and no other (RFC 8737 §3). */
  readonly isAcme: boolean;
}

/** The protocol of connections that validate a name for ACME (RFC 8737 §6.2). */
export const ACME_PROTOCOL = "acme-tls/1";

const TYPE_AND_VERSION_BYTES = 3;

const CLIENT_HELLO = 1;

/** Length, version and random. */
const FIXED_BYTES: number = 3 + 2 + 32;

const TLS_AES_128_CCM_SHA256 = 0x1304;
const TLS_AES_128_CCM_8_SHA256 = 0x1305;

const SERVER_NAME = 0;

const HOST_NAME = 0;

/** Application-Layer Protocol Negotiation, ALPN (RFC 7301 §3.1). */
const PROTOCOLS = 16;

/** Undefined if the record is not a whole ClientHello, which OpenSSL then judges. */
export function readClientHello(record: Uint8Array): ClientHello | undefined {
  try {
    return parse(contentOf(new ByteReader(record)));
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** The record may be followed by others. */
function contentOf(reader: ByteReader): ByteReader {
  reader.take(TYPE_AND_VERSION_BYTES);
  return new ByteReader(reader.take(reader.u16()));
}

function parse(reader: ByteReader): ClientHello | undefined {
  if (reader.u8() !== CLIENT_HELLO) return undefined;
  reader.take(FIXED_BYTES);
  const _sessionId = reader.take(reader.u8());
  const suites = cipherSuitesIn(new ByteReader(reader.take(reader.u16())));
  const _compressionMethods = reader.take(reader.u8());
  const isGnuTls = suites.has(TLS_AES_128_CCM_SHA256) && !suites.has(TLS_AES_128_CCM_8_SHA256);
  const extensions = reader.remaining > 0 ? reader.take(reader.u16()) : new Uint8Array(0);
  return { isGnuTls, ...extensionsIn(new ByteReader(extensions)) };
}

function cipherSuitesIn(list: ByteReader): ReadonlySet<number> {
  const suites = new Set<number>();
  while (list.remaining > 0) suites.add(list.u16());
  return suites;
}

function extensionsIn(list: ByteReader): Pick<ClientHello, "serverName" | "isAcme"> {
  let serverName: string | undefined;
  let isAcme = false;
  while (list.remaining > 0) {
    const type = list.u16();
    const body = list.take(list.u16());
    if (type === SERVER_NAME) serverName = hostNameIn(new ByteReader(body));
    else if (type === PROTOCOLS) isAcme = ACME_ALONE.equals(body);
  }
  return { serverName, isAcme };
}

/** A list with that one protocol: the length of the list, that of the name, and the name. */
const ACME_ALONE: Buffer = Buffer.from(
  `\0${String.fromCharCode(ACME_PROTOCOL.length + 1, ACME_PROTOCOL.length)}${ACME_PROTOCOL}`,
  "latin1",
);

function hostNameIn(list: ByteReader): string | undefined {
  list.u16();
  if (list.u8() !== HOST_NAME) return undefined;
  const name = Buffer.from(list.take(list.u16())).toString("latin1");
  return PRINTABLE.test(name) ? name : undefined;
}

const PRINTABLE = /^[!-~]+$/;
