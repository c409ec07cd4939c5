import { isTokenName, newToken, writtenHash } from "@headgate/api";
import type { Command } from "commander";

/** Prints a new token, and the line for the configuration, which has its hash alone. */
export function token(name: string, _: object, command: Command): void {
  if (!isTokenName(name))
    command.error(
      `error: a token cannot be called ${JSON.stringify(name)}. It must be 64 letters, digits, "-", "_" and "." at most.`,
    );
  const made = newToken();
  process.stdout.write(
    `token, shown only now:  ${made}\nunder admin.tokens:     - { name: ${JSON.stringify(name)}, hash: "${writtenHash(made)}", scopes: [read, control] }\n`,
  );
}
