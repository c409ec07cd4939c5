import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { newToken, writtenHash } from "@headgate/api";
import { freePort } from "@headgate/testkit";
import { afterAll, expect, test, vi } from "vitest";
import { loadConfig } from "./config/load-config.ts";
import { VERSION } from "./version.ts";

/** What `npm test` has just built: Node 20 does not run TypeScript. */
const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "headgate-"));
afterAll(() => rmSync(FOLDER, { recursive: true }));

// A busy machine takes ten seconds to start the program, which some tests do again and again.
vi.setConfig({ testTimeout: 60_000 });

/** A busy machine takes longer to end workers than the 800 ms after which the log says that not all is closed. */
const CLOSE = "20s";

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function headgate(args: readonly string[], environment: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: FOLDER,
    env: { PATH: process.env.PATH, HEADGATE_TIMEOUTS_CLOSE: CLOSE, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (bytes) => {
    output.stdout += bytes;
  });
  child.stderr.on("data", (bytes) => {
    output.stderr += bytes;
  });
  return {
    child,
    ended: new Promise((resolve) => child.on("close", (code) => resolve({ code, ...output }))),
  };
}

/** Waits for a log line with this message. Rejects if the process ends without one. */
function logged({ child, ended }: Run, message: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.on("data", (bytes) => {
      output += bytes;
      if (output.includes(`"msg":"${message}"`)) resolve();
    });
    ended.then(
      ({ code, stderr }) => reject(new Error(`ended with ${code} without "${message}": ${stderr}`)),
      reject,
    );
  });
}

function messagesOf(stdout: string): string[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).msg);
}

/** What the log begins with. */
const STARTED = [
  "ready",
  ...(Number.parseInt(process.versions.node, 10) < 22
    ? [expect.stringContaining("run Headgate with Node 24")]
    : []),
];

function write(name: string, content: string): string {
  writeFileSync(join(FOLDER, name), content);
  return name;
}

test("headgate --version says the version", async () => {
  expect(await headgate(["--version"]).ended).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: "" });
});

test("headgate check says OK and what the configuration comes to", async () => {
  const limits = "limits: {maxConnections: 1000}";
  const file = write("good.yaml", `listeners: [{port: 1936}]\napplications: {live: {}}\n${limits}\n`);
  expect(await headgate(["check", file]).ended).toEqual({
    code: 0,
    stdout: `good.yaml: OK
  listeners     [::]:1936 (rtmp, rtmps, http, https)
  admin         http://127.0.0.1:1985
  applications  live, (no other)
  workers       1
  log           info
  connections   1000 at most, 500 from one address
  --json prints every value in force.
`,
    stderr: "",
  });
});

test("headgate check without a file takes the default file, headgate.yml as well, or else the defaults", async () => {
  expect((await headgate(["check"]).ended).stdout).toContain("defaults: OK\n");
  write("headgate.yml", "log: {level: warn}\n");
  expect((await headgate(["check"]).ended).stdout).toMatch(/^headgate\.yml: OK\n[\s\S]*log +warn\n/);
  write("headgate.yaml", "log: {level: debug}\n");
  expect((await headgate(["check"]).ended).stdout).toContain("headgate.yaml: OK\n");
  for (const name of ["headgate.yml", "headgate.yaml"]) rmSync(join(FOLDER, name));
});

test("headgate check --json prints every value in force, and no secret", async () => {
  const pull = "rtmp://me:s3cret@origin.example/live/cam?key=s3cret";
  const lines = [
    "listeners: [{port: 1936}]",
    `admin: {tokens: [{name: ops, hash: "sha256:${"5e".repeat(32)}", scopes: [read]}]}`,
    "access: {hooks: [{dialect: headgate, url: https://me:s3cret@auth.example/, secret: s3cret}]}",
    `applications: {live: {pull: "${pull}", publish: {key: s3cret}}}`,
  ];
  const file = write("json.yaml", lines.join("\n"));
  const { code, stdout } = await headgate(["check", file, "--json"], { HEADGATE_LOG_LEVEL: "warn" }).ended;
  expect(stdout).not.toMatch(/s3cret|5e5e/);
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({
    code: 0,
    file,
    ok: true,
    problems: [],
    warnings: [],
    config: {
      log: { level: "warn" },
      admin: { tokens: [{ name: "ops", hash: "***" }] },
      applications: { live: { pull: ["rtmp://origin.example/live"], keyframeWait: "3s" } },
    },
  });
  const bad = await headgate(["check", write("bad.yaml", "chunkSize: 1\n"), "--json"]).ended;
  expect({ code: bad.code, ...JSON.parse(bad.stdout) }).toMatchObject({
    code: 1,
    ok: false,
    problems: [expect.stringContaining("/chunkSize")],
  });
});

test("headgate check and serve refuse what can be read and not be used; contradictions are warnings", async () => {
  const listeners = `listeners: [{port: ${await freePort()}, host: 192.0.2.1, tls: {certificates: [{cert: none.crt, key: none.key}]}}]`;
  const file = write("unusable.yaml", `${listeners}\napplications: {live: {gopCache: 30s}}\n`);
  expect(await headgate(["check", file]).ended).toEqual({
    code: 1,
    stdout: "",
    stderr: `listeners[0].tls: none.crt cannot be read: there is no such file
listeners[0].host: 192.0.2.1 is not an address of this machine
headgate: unusable.yaml cannot be used: 2 mistakes.
`,
  });
  expect(await headgate(["serve", "--config", file]).ended).toEqual({
    code: 1,
    stdout: "",
    stderr: "listeners[0].tls: none.crt cannot be read: there is no such file\nheadgate: not started.\n",
  });
  const warned = write("warned.yaml", "applications: {live: {gopCache: 30s}}\n");
  const { code, stdout } = await headgate(["check", warned]).ended;
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("warning: applications.live.gopCache"),
  });
});

test("headgate check tells every mistake and ends with 1", async () => {
  const file = write("bad.yaml", "listeners:\n  - prt: 1936\nchunkSize: 1\n");
  expect(await headgate(["check", file]).ended).toEqual({
    code: 1,
    stdout: "",
    stderr: `bad.yaml:2:5 /listeners/0: unknown key "prt" (did you mean "port"?)
bad.yaml:3:12 /chunkSize: must be a size from 128 to 16777215, such as "8MiB" or a number of bytes, not 1
headgate: bad.yaml cannot be used: 2 mistakes.
`,
  });
});

test("headgate serve starts nothing with a mistake in the file or in a variable", async () => {
  const file = write("wrong.yaml", "log: {level: loud}\n");
  const run = headgate(["serve", "--config", file], { HEADGATE_ADMIN_PORT: "none" });
  expect(await run.ended).toEqual({
    code: 1,
    stdout: "",
    stderr: `wrong.yaml:1:14 /log/level: must be one of fatal, error, warn, info, debug, trace, not "loud"
HEADGATE_ADMIN_PORT: must be a whole number from 1 to 65535, not "none"
headgate: not started, because of 2 mistakes in the configuration.
`,
  });
});

test("headgate serve starts nothing without the file it is told to read", async () => {
  const { code, stderr } = await headgate(["serve", "--config", "missing.yaml"]).ended;
  expect(code).toBe(1);
  expect(stderr).toContain("missing.yaml: cannot be read: there is no such file\n");
});

test("headgate serve starts nothing when the demo's application is not to be had", async () => {
  const file = write("studio.yaml", "applications: {studio: {}}\n");
  const { code, stderr } = await headgate(["serve", "--config", file, "--demo"]).ended;
  expect(code).toBe(1);
  expect(stderr).toContain('--demo publishes in the application "live", which studio.yaml does not have');
});

test("headgate serve tells every port it cannot have, and ends with 1", async () => {
  const servers = [createServer(), createServer()];
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const [taken = "", other = ""] = servers.map((server) => String((server.address() as AddressInfo).port));
  const run = headgate(["serve"], {
    HEADGATE_LISTENERS_0_HOST: "127.0.0.1",
    HEADGATE_LISTENERS_0_PORT: taken,
    HEADGATE_LISTENERS_1_HOST: "127.0.0.1",
    HEADGATE_LISTENERS_1_PORT: String(await freePort()),
    HEADGATE_ADMIN_PORT: other,
  });
  const { code, stdout, stderr } = await run.ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(`cannot listen on port ${other} (admin): `);
  expect(stderr).toContain(`cannot listen on port ${taken} (listeners[0]): `);
  expect(stderr).not.toContain("listeners[1]");
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
});

test("headgate serve reads its certificates again on SIGHUP, and goes on", async () => {
  const run = headgate(["serve"], {
    HEADGATE_LISTENERS_0_PORT: String(await freePort()),
    HEADGATE_ADMIN_PORT: String(await freePort()),
  });
  const { child, ended } = run;
  await logged(run, "ready");
  const reloaded = logged(run, "certificates reloaded");
  child.kill("SIGHUP");
  await reloaded;
  child.kill("SIGTERM");
  const { code, stdout } = await ended;
  expect({ code, messages: messagesOf(stdout) }).toEqual({
    code: 0,
    messages: [...STARTED, "certificates reloaded", "configuration reloaded", "draining", "ending", "ended"],
  });
});

test("headgate serve starts nothing with a certificate that cannot be used", async () => {
  const tls = "tls: {certificates: [{cert: missing.crt, key: missing.key}]}";
  const file = write(
    "tls.yaml",
    `listeners: [{port: ${await freePort()}, ${tls}}]\nadmin: {port: ${await freePort()}}\n`,
  );
  expect(await headgate(["serve", "--config", file]).ended).toEqual({
    code: 1,
    stdout: "",
    stderr: `listeners[0].tls: missing.crt cannot be read: there is no such file\nheadgate: not started.\n`,
  });
});

test("headgate certs init makes keys that only their owner may read, and keeps the authority", async () => {
  const { code, stdout } = await headgate(["certs", "init", "--folder", "pki", "media.example", "10.0.0.7"])
    .ended;
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(
      "pki/server.crt  for media.example, 10.0.0.7, localhost, 127.0.0.1, ::1\n",
    ),
  });
  const authority = readFileSync(join(FOLDER, "pki/ca.crt"));
  const again = await headgate(["certs", "init", "--folder", "pki", "other.example"]).ended;
  expect(again.stdout).toMatch(
    /; replaces the one for media\.example, 10\.0\.0\.7, localhost, .*\n.*\n.*, as before\n/,
  );
  expect(readFileSync(join(FOLDER, "pki/ca.crt"))).toEqual(authority);
  for (const key of ["ca.key", "server.key"])
    expect(statSync(join(FOLDER, "pki", key)).mode & 0o777).toBe(0o600);
  expect(statSync(join(FOLDER, "pki/ca.crt")).mode & 0o777).toBe(0o644);
});

test.each(["rtmps://h", "h:443", "*", "*.com", "a b", "192.168.1", "", "x".repeat(300)])(
  "headgate certs init makes no certificate for the name %j",
  async (name) => {
    const { code, stderr } = await headgate(["certs", "init", "--folder", "none", "good.example", name])
      .ended;
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is neither a host name nor an IP address"),
    });
    expect(existsSync(join(FOLDER, "none"))).toBe(false);
  },
);

test.each(["SIGINT", "SIGTERM", "SIGQUIT", "SIGUSR2"] as const)(
  "headgate serve is healthy once it is ready, and ends in order and with 0 on %s",
  async (signal) => {
    const admin = await freePort();
    const run = headgate(["serve", "--demo"], {
      HEADGATE_LISTENERS_0_PORT: String(await freePort()),
      HEADGATE_ADMIN_PORT: String(admin),
    });
    const { child, ended } = run;
    await logged(run, "ready");
    expect((await fetch(`http://127.0.0.1:${admin}/healthz`)).status).toBe(200);
    child.kill(signal);
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const draining = signal === "SIGTERM" ? ["draining"] : [];
    expect(messagesOf(stdout)).toEqual([...STARTED, ...draining, "ending", "ended"]);
  },
);

test("headgate drain ends a server that has tokens, with the one in its environment", async () => {
  const admin = await freePort();
  const token = newToken();
  const listeners = `listeners: [{port: ${await freePort()}}]`;
  const tokens = `tokens: [{name: ops, hash: "${writtenHash(token)}", scopes: [control]}]`;
  const file = write("drained.yaml", `${listeners}\nadmin: {port: ${admin}, ${tokens}}\n`);
  const run = headgate(["serve", "--config", file], { HEADGATE_TOKEN: token });
  await logged(run, "ready");
  expect((await fetch(`http://127.0.0.1:${admin}/readyz`)).status).toBe(200);
  expect(await headgate(["drain", "--config", file], { HEADGATE_TOKEN: token }).ended).toEqual({
    code: 0,
    stdout: "draining: the server ends after 5s at the latest\n",
    stderr: "",
  });
  const { code, stdout } = await run.ended;
  expect(code).toBe(0);
  const audit = {
    msg: "change asked for",
    caller: "ops",
    method: "POST",
    route: "/api/v1/drain",
    status: 200,
  };
  const lines = stdout.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(expect.objectContaining(audit));
  expect(messagesOf(stdout)).toEqual(expect.arrayContaining(["draining", "ending", "ended"]));
  expect(stdout).not.toContain(token);
}, 60_000);

test("SIGUSR1 opens no inspector, in a worker neither", async () => {
  const run = headgate(["serve"], {
    HEADGATE_LISTENERS_0_PORT: String(await freePort()),
    HEADGATE_ADMIN_PORT: String(await freePort()),
    HEADGATE_WORKERS: "2",
  });
  const { child, ended } = run;
  await logged(run, "ready");
  const workers = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ");
  for (const pid of [child.pid!, ...workers.map(Number)]) process.kill(pid, "SIGUSR1");
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.kill("SIGTERM");
  const { stdout, ...end } = await ended;
  expect(end).toEqual({ code: 0, stderr: "" });
  expect(messagesOf(stdout)).toEqual([...STARTED, "draining", "ending", "ended"]);
}, 60_000);

test.each([
  [["token", "a b"], "-"],
  [["token", "me@example.com"], "-"],
  [["token", ""], "-"],
  [["token", "a".repeat(65)], "-"],
  [["key", "a b"], "+"],
  [["key", "a:b"], "+"],
  [["key", "--user", "a/b"], "+"],
  [["key", "a b", "--user", "bob"], "+"],
  [["key", "--user", "a".repeat(129)], "+"],
])("%j is refused: the configuration takes no such name", async (args, characters) => {
  const { code, stdout, stderr } = await headgate(args).ended;
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("It must be ");
  expect(stderr).toContain(`"${characters}"`);
});

test.each([
  [
    "ops",
    ["token", "ops"],
    /admin\.tokens: +(.*)$/m,
    (line: string) => `admin: {tokens: [${line.slice(2)}]}`,
  ],
  [
    "a number",
    ["token", "007"],
    /admin\.tokens: +(.*)$/m,
    (line: string) => `admin: {tokens: [${line.slice(2)}]}`,
  ],
  ["a holder", ["key", "me@example.com"], /^(applications:[\s\S]*?)\n\n/m, String],
  ["a user", ["key", "--user", "me+1.x-y_z"], /^(access:[\s\S]*?)\n\n/m, String],
])("what is printed for %s is a configuration", async (_, args, printed, written) => {
  const { code, stdout } = await headgate(args).ended;
  expect(code).toBe(0);
  const [, lines = ""] = printed.exec(stdout) ?? [];
  const { problems } = loadConfig({ name: "headgate.yaml", content: written(lines) }, {});
  expect([lines, problems]).toEqual([expect.stringMatching(/./), undefined]);
});
