import { isKeyUrl } from "@headgate/jwt";

/** Whether it can be the URL of a provider, or of its keys. */
export function isProviderUrl(text: string): boolean {
  if (!isKeyUrl(text)) return false;
  const { search, hash } = new URL(text);
  return search === "" && hash === "";
}
