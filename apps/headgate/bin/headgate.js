#!/usr/bin/env node
// npm links a command when it installs, which is before the first build: this file is there already then.
import { existsSync } from "node:fs";

const main = new URL("../dist/main.js", import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  process.stderr.write(
    "headgate: not built yet: run npm start, which builds and starts it, or npm run build\n",
  );
  process.exitCode = 1;
}
