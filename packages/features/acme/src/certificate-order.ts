import { type KeyObject, X509Certificate } from "node:crypto";
import { type AcmeClient, type AcmeObject, sentenceOf } from "./acme-client.ts";
import { AcmeError } from "./acme-error.ts";
import { certificateRequest } from "./certificates.ts";
import type { Challenges, ChallengeType } from "./challenges.ts";

interface Order extends AcmeObject {
  readonly authorizations?: readonly string[];
  readonly finalize?: string;
  readonly certificate?: string;
}

interface Authorization extends AcmeObject {
  readonly identifier?: { readonly value?: string };
  readonly challenges?: readonly Challenge[];
}

interface Challenge extends AcmeObject {
  readonly type?: string;
  readonly url?: string;
  readonly token?: string;
}

export interface OrderOptions {
  readonly client: AcmeClient;
  readonly domains: readonly string[];
  /** The certificate's. */
  readonly key: KeyObject;
  readonly challenges: Challenges;
  readonly type: ChallengeType;
}

/**
 * Proves that the domains are this server's, and resolves with the certificate, followed by those above it (RFC 8555 §7.1).
 * PEM. Rejects with an AcmeError.
 */
export async function orderCertificate(options: OrderOptions): Promise<string> {
  const { client, domains, key } = options;
  const order = await client.newOrder<Order>(domains);
  // One after the other: many at once would look like an attack to the authority.
  for (const url of order.authorizations ?? []) await prove(url, options);
  const csr = certificateRequest(domains, key).toString("base64url");
  await client.tell(known(order.finalize), { csr });
  const issued = await client.readUntilNot<Order>(order.url, ["pending", "ready", "processing"]);
  if (issued.status !== "valid") throw new AcmeError(`no certificate is issued: ${sentenceOf(issued.error)}`);
  const pem = await client.readText(known(issued.certificate));
  requireUse(pem, options);
  return pem;
}

async function prove(url: string, { client, challenges, type }: OrderOptions): Promise<void> {
  const authorization = await client.read<Authorization>(url);
  // The authority may remember an earlier proof.
  if (authorization.status === "valid") return;
  const domain = known(authorization.identifier?.value);
  const challenge = authorization.challenges?.find((offered) => offered.type === type);
  if (!challenge) throw new AcmeError(`the authority does not offer ${type} for ${domain}`);
  const token = known(challenge.token);
  const withdraw = await challenges.answer(type, {
    domain,
    token,
    keyAuthorization: client.keyAuthorization(token),
  });
  try {
    await client.tell(known(challenge.url), {});
    const outcome = await client.readUntilNot<Authorization>(url, ["pending"]);
    if (outcome.status !== "valid") throw new AcmeError(refusal(domain, type, outcome));
  } finally {
    await withdraw();
  }
}

function refusal(domain: string, type: ChallengeType, { challenges, status }: Authorization): string {
  const error = challenges?.find((challenge) => challenge.type === type)?.error;
  return `${type} for ${domain}: ${error === undefined ? status : sentenceOf(error)}`;
}

/** Without this a mistake of the authority would replace a good certificate. */
function requireUse(pem: string, { domains, key }: OrderOptions): void {
  try {
    const certificate = new X509Certificate(pem);
    const isUsable =
      certificate.checkPrivateKey(key) &&
      domains.every((domain) => certificate.checkHost(domain) !== undefined);
    if (isUsable) return;
  } catch {}
  throw new AcmeError("the authority has issued something else than what was asked for");
}

function known(value: string | undefined): string {
  if (typeof value !== "string") throw new AcmeError("the authority leaves out something");
  return value;
}
