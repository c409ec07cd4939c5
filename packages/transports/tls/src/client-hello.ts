import { ByteReader, ProtocolError } from "@headgate/bytes";

/** What a client says before TLS begins (RFC 8446 §4.1.2), as far as the server's answer depends on it. */
export interface ClientHello {
  /** The host that it asks for (RFC 6066 §3). Clients that connect to an address name none. */
  readonly serverName: string | undefined;
  /** Whether it offers the cipher suites of GnuTLS, which no other library has in this selection. */
  readonly isGnuTls: boolean;
}

const TYPE_AND_VERSION_BYTES = 3;

const CLIENT_HELLO = 1;

/** Length, version and random. */
const FIXED_BYTES: number = 3 + 2 + 32;

const TLS_AES_128_CCM_SHA256 = 0x1304;
const TLS_AES_128_CCM_8_SHA256 = 0x1305;

const SERVER_NAME = 0;

const HOST_NAME = 0;

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
  return {
    isGnuTls: suites.has(TLS_AES_128_CCM_SHA256) && !suites.has(TLS_AES_128_CCM_8_SHA256),
    serverName: reader.remaining > 0 ? serverNameIn(new ByteReader(reader.take(reader.u16()))) : undefined,
  };
}

function cipherSuitesIn(list: ByteReader): ReadonlySet<number> {
  const suites = new Set<number>();
  while (list.remaining > 0) suites.add(list.u16());
  return suites;
}

function serverNameIn(extensions: ByteReader): string | undefined {
  while (extensions.remaining > 0) {
    const type = extensions.u16();
    const body = new ByteReader(extensions.take(extensions.u16()));
    if (type === SERVER_NAME) return hostNameIn(body);
  }
  return undefined;
}

function hostNameIn(list: ByteReader): string | undefined {
  list.u16();
  if (list.u8() !== HOST_NAME) return undefined;
  const name = Buffer.from(list.take(list.u16())).toString("latin1");
  return PRINTABLE.test(name) ? name : undefined;
}

const PRINTABLE = /^[!-~]+$/;
