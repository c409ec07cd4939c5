import { createSecureContext, type SecureContext } from "node:tls";

/** Which certificates of servers are accepted. */
export interface Trust {
  /** Authorities in PEM form, in place of Node's own. */
  readonly ca: string | undefined;
  /** Accept any certificate. */
  readonly insecure: boolean;
}

/** For servers that a benchmark has started itself. */
export const ANY_CERTIFICATE: Trust = { ca: undefined, insecure: true };

const contexts = new Map<string | undefined, SecureContext>();

/** Made once: to make one takes longer than a handshake. No session is ever resumed, because none is given. */
export function secureContextFor({ ca }: Trust): SecureContext {
  const context = contexts.get(ca) ?? createSecureContext({ ...(ca !== undefined && { ca }) });
  contexts.set(ca, context);
  return context;
}
