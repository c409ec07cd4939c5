import { type KeyObject, X509Certificate } from "node:crypto";
import type { AcmeClient } from "./acme-client.ts";
import { AcmeError } from "./acme-error.ts";
import { type AcmeObject, objectOf, objectsIn, statusOf, textIn, textsIn } from "./acme-object.ts";
import { sentenceOf } from "./acme-problem.ts";
import { certificateRequest } from "./certificates.ts";
import type { Challenges, ChallengeType } from "./challenges.ts";

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
  const { order, url: orderUrl } = await client.newOrder(domains);
  // One after the other: many at once would look like an attack to the authority.
  for (const url of textsIn(order, "authorizations", domains.length)) await prove(url, options);
  const csr = certificateRequest(domains, key).toString("base64url");
  await client.tell(textIn(order, "finalize"), { csr });
  const issued = await client.readUntilNot(orderUrl, ["pending", "ready", "processing"]);
  if (statusOf(issued) !== "valid")
    throw new AcmeError(`no certificate is issued: ${sentenceOf(issued.error)}`);
  const pem = await client.readText(textIn(issued, "certificate"));
  requireUse(pem, options);
  return pem;
}

async function prove(url: string, { client, challenges, type }: OrderOptions): Promise<void> {
  const authorization = await client.read(url);
  // The authority may remember an earlier proof.
  if (statusOf(authorization) === "valid") return;
  const domain = textIn(objectOf(authorization.identifier), "value");
  const challenge = objectsIn(authorization, "challenges").find((offered) => offered.type === type);
  if (!challenge) throw new AcmeError(`the authority does not offer ${type} for ${domain}`);
  const token = textIn(challenge, "token");
  const withdraw = await challenges.answer(type, {
    domain,
    token,
    keyAuthorization: client.keyAuthorization(token),
  });
  try {
    await client.tell(textIn(challenge, "url"), {});
    const outcome = await client.readUntilNot(url, ["pending"]);
    if (statusOf(outcome) !== "valid") throw new AcmeError(refusal(domain, type, outcome));
  } finally {
    await withdraw();
  }
}

function refusal(domain: string, type: ChallengeType, outcome: AcmeObject): string {
  const error = objectsIn(outcome, "challenges").find((challenge) => challenge.type === type)?.error;
  return `${type} for ${domain}: ${error === undefined ? statusOf(outcome) : sentenceOf(error)}`;
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
