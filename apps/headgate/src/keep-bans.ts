import { BanFile, type Bans } from "@headgate/limits";
import type { Config } from "./config/load-config.ts";

/** Undefined if they are not kept: nothing is configured. */
export function keepBans(
  { access: { bansFile } }: Pick<Config, "access">,
  bans: Bans,
  parts: ConstructorParameters<typeof BanFile>[2],
): BanFile | undefined {
  return bansFile === "" ? undefined : new BanFile(bansFile, bans, parts);
}
