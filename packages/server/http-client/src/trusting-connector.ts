import { Authorities } from "@headgate/tls";
import type { buildConnector } from "undici";
import { connector } from "./connector.ts";

/** How servers are verified that have a certificate. */
export interface Trust {
  /** A file with authorities in PEM form; empty: the usual ones. */
  readonly caFile: string;
  readonly insecure: boolean;
}

/** Makes connections for undici to servers that have a certificate of these authorities. The file is read again when it changes. */
export function trustingConnector({ caFile, insecure }: Trust, connectMs: number): buildConnector.connector {
  const common = { timeout: connectMs, rejectUnauthorized: !insecure };
  if (caFile === "") return connector(common);
  const authorities = new Authorities(caFile);
  return (options, callback) => {
    try {
      connector({ ...common, secureContext: authorities.read() })(options, callback);
    } catch (error) {
      callback(error as Error, null);
    }
  };
}
