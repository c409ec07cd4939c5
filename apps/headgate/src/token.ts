import { newToken, writtenHash } from "@headgate/api";

/** Prints a new token, and the line for the configuration, which has its hash alone. */
export function token(name: string): void {
  const made = newToken();
  process.stdout.write(
    `token, shown only now:  ${made}\nunder admin.tokens:     - { name: ${JSON.stringify(name)}, hash: "${writtenHash(made)}", scopes: [read, control] }\n`,
  );
}
