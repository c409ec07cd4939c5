import { count, list, oneOf, type Section, someOf, text, value } from "@headgate/config";
import { isNetwork } from "./addresses.ts";
import type { ForwardedHeader } from "./forwarded.ts";
import type { PortProtocol } from "./sniffer.ts";

/** Where connections are accepted, and of which protocols. */
export interface PortSettings {
  readonly port: number;
  readonly host: string;
  readonly protocols: readonly PortProtocol[];
}

/** Which peers may say whose connection it is. */
export interface TrustSettings {
  readonly trustedProxies: readonly string[];
  readonly trustedHeader: ForwardedHeader;
}

export const PORT: Section<PortSettings> = {
  port: count("port", {
    default: 1935,
    range: [1, 65_535],
    reload: "listener",
    description: "The TCP port that encoders and players connect to.",
  }),
  host: text("host", {
    default: "::",
    reload: "listener",
    description: 'The address to listen on; "::" is every address, IPv6 and IPv4.',
  }),
  protocols: someOf("protocols", ["rtmp", "rtmps", "http", "https"], {
    reload: "listener",
    description: "The protocols accepted there, recognised by the first bytes of a connection.",
    // The schemes of URLs.
    synonyms: { rtmpe: "rtmp", rtmpt: "http", rtmpte: "http", rtmpts: "https" },
  }),
};

export const TRUST: Section<TrustSettings> = {
  trustedProxies: list("trustedProxies", {
    items: value({
      expects: 'an address or a network such as "10.0.0.0/8"',
      parse: (written) => (typeof written === "string" && isNetwork(written) ? written : undefined),
    }),
    reload: "listener",
    description:
      "Load balancers, as addresses or networks (10.0.0.0/8), whose PROXY protocol headers are believed (from all others they are refused), and HTTP proxies whose trustedHeader is believed.",
  }),
  trustedHeader: oneOf("trustedHeader", ["X-Forwarded-For", "Forwarded"], {
    default: "X-Forwarded-For",
    reload: "listener",
    description:
      "The header in which trusted HTTP proxies name the client of a request: X-Forwarded-For or Forwarded. Only this one is read, because the client may have written the other one itself.",
  }),
};
