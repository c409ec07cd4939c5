import { randomBytes } from "node:crypto";
import { hashLine, isName, UserSecrets } from "@headgate/access";
import type { Command } from "commander";

export interface KeyOptions {
  readonly user?: string;
}

/** As long as the keys of ciphers: nobody finds it by trying. */
const KEY_BYTES = 16;

/** Prints a new key, or the password of a user, with the lines for the configuration. */
export async function key(name: string | undefined, { user }: KeyOptions, command: Command): Promise<void> {
  const wrong = [name, user].find((each) => each !== undefined && !isName(each));
  if (wrong !== undefined)
    command.error(
      `error: nobody can be called ${JSON.stringify(wrong)}. It must be 128 letters, digits, ".", "_", "@", "+" and "-" at most.`,
    );
  const secret = randomBytes(KEY_BYTES).toString("base64url");
  process.stdout.write(user === undefined ? keyText(secret, name) : await userText(secret, user));
}

function keyText(secret: string, name: string | undefined): string {
  const line = name === undefined ? "key: " : `keys:\n        ${JSON.stringify(name)}: `;
  return `The key, which is not shown again:

  ${secret}

In the configuration, for the application \`live\`:

applications:
  live:
    publish:
      ${line}"${hashLine(secret)}"

Publish: ffmpeg    ffmpeg -re -i input.mp4 -c copy -f flv "rtmp://HOST/live/stream?key=${secret}"
Publish: OBS       Server      rtmp://HOST/live
                   Stream Key  stream?key=${secret}
`;
}

async function userText(password: string, user: string): Promise<string> {
  const hashes = (await UserSecrets.lines(user, password)).map((line) => `      - "${line}"\n`);
  return `The password of ${user}, which is not shown again:

  ${password}

In the configuration (adobe and llnw are for encoders that ask for a user and a password, such as OBS):

access:
  users:
    ${JSON.stringify(user)}:
${hashes.join("")}
Publish: ffmpeg    ffmpeg -re -i input.mp4 -c copy -f flv "rtmp://${encodeURIComponent(user)}:${password}@HOST/live/stream"
Publish: OBS       Server      rtmp://HOST/live
                   Stream Key  stream
                   Use authentication, with the user and the password
`;
}
