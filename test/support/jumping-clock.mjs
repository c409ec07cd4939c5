// Makes the system's clock jump, as far as a Node.js program sees it: node --import jumping-clock.mjs. The file JUMPING_CLOCK says
// by how many milliseconds it is wrong.
import { readFileSync } from "node:fs";

const SystemDate = Date;
let wrongByMs = 0;

setInterval(() => {
  try {
    wrongByMs = Number(readFileSync(process.env.JUMPING_CLOCK, "utf8"));
  } catch {
    wrongByMs = 0;
  }
}, 20).unref();

globalThis.Date = class extends SystemDate {
  constructor(...args) {
    if (args.length === 0) super(SystemDate.now() + wrongByMs);
    else super(...args);
  }

  static now() {
    return SystemDate.now() + wrongByMs;
  }
};
