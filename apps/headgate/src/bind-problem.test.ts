import { spawn } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { type Address, bindProblem } from "./bind-problem.ts";

const LISTENER: Address = { host: "::", port: 443, key: "listeners[1]", variable: "HEADGATE_LISTENERS_1" };

/** A program that listens on a port and prints which. */
const LISTENING =
  'const s = require("net").createServer().listen(0, "127.0.0.1", () => console.log(s.address().port))';

function withCode(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`listen ${code}`), { code });
}

test("a port that is taken is told with its owner and both ways out", async () => {
  const other = spawn(process.execPath, ["-e", LISTENING], { stdio: ["ignore", "pipe", "ignore"] });
  const port = Number(await new Promise((resolve) => other.stdout.once("data", resolve)));
  const owner =
    process.platform === "linux" ? /^.+ \(process \d+\) uses it\.$/ : /^another process uses it\.$/;
  const [first = "", second] = bindProblem({ ...LISTENER, port }, withCode("EADDRINUSE")).split("\n");
  expect(first).toContain(`cannot listen on port ${port} (listeners[1]): `);
  expect(first.split("): ").slice(1).join("): ")).toMatch(owner);
  expect(second).toContain(
    `or choose another port: set listeners[1].port, or start with HEADGATE_LISTENERS_1_PORT=${port + 1}`,
  );
  other.kill();
});

test.runIf(process.platform === "linux")("a port that this process has itself is told as such", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  expect(bindProblem({ ...LISTENER, port }, withCode("EADDRINUSE"))).toBe(
    `cannot listen on port ${port} (listeners[1]): Headgate itself uses it: the configuration names the port twice.\n` +
      `  Choose another port: set listeners[1].port, or start with HEADGATE_LISTENERS_1_PORT=${port + 1}`,
  );
  await new Promise((resolve) => server.close(resolve));
});

test("a port whose owner is not to be known is told without", () => {
  // Nothing listens on port 1 of a machine that runs tests; the error says that something did a moment ago.
  expect(bindProblem({ ...LISTENER, port: 1 }, withCode("EADDRINUSE"))).toBe(
    "cannot listen on port 1 (listeners[1]): another process uses it.\n" +
      "  Stop that process, or choose another port: set listeners[1].port, or start with HEADGATE_LISTENERS_1_PORT=2",
  );
});

test("a port below 1024 is told with what allows it", () => {
  expect(bindProblem(LISTENER, withCode("EACCES"))).toBe(
    "cannot listen on port 443 (listeners[1]): this user may not listen on ports below 1024.\n" +
      "  On Linux allow it with: sudo sysctl net.ipv4.ip_unprivileged_port_start=443\n" +
      "  Or choose another port: set listeners[1].port, or start with HEADGATE_LISTENERS_1_PORT=8443",
  );
});

test("an address this machine does not have is told as such", () => {
  expect(bindProblem({ ...LISTENER, host: "10.9.9.9" }, withCode("EADDRNOTAVAIL"))).toBe(
    "cannot listen on port 443 (listeners[1]): 10.9.9.9 is not an address of this machine.\n" +
      "  Correct listeners[1].host, or leave it out for the default.",
  );
});

test("any other error is told in the system's words", () => {
  expect(bindProblem(LISTENER, withCode("EMFILE"))).toContain("(listeners[1]): listen EMFILE.");
});
