import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { faultsIn, listIn, stagesOf } from "./dockerfile.test.helper.ts";
import { inForce, ROOT } from "./in-force.test.helper.ts";
import { COMPOSE, unknownFields } from "./known-fields.test.helper.ts";

const read = (name: string): string => readFileSync(join(ROOT, "deploy/docker", name), "utf8");

const DOCKERFILE = read("Dockerfile");
const [build = [], image = []] = stagesOf(DOCKERFILE);
const textOf = (name: string): string => image.find((instruction) => instruction.name === name)?.text ?? "";

test("the Dockerfile keeps the rules", () => {
  expect(faultsIn(DOCKERFILE)).toEqual([]);
});

test.each([
  ["DL3002", /USER 1000:1000/, "USER root"],
  ["DL3006", /node:24-slim\n/, "node\n"],
  ["DL3007", /node:24-slim/, "node:latest"],
  ["DL3020", /COPY deploy/, "ADD deploy"],
  ["DL3022", /--from=build/, "--from=other"],
  ["DL3025", /CMD \["headgate", "serve".*/, "CMD headgate serve"],
  ["DL3055", /HEALTHCHECK[^\]]*\]\n/, ""],
  ["DL4006", /RUN ln/, "RUN true | ln"],
  ["ports", /EXPOSE 1935/, "EXPOSE 80"],
])("a Dockerfile that breaks %s is found", (rule, part, worse) => {
  const changed = DOCKERFILE.replace(part, worse);
  expect(changed).not.toBe(DOCKERFILE);
  expect(faultsIn(changed)).toEqual([expect.stringContaining(rule)]);
});

test("what the Dockerfile copies is there, and is not left out of what Docker gets", () => {
  const ignored = read("Dockerfile.dockerignore");
  const sources = image.filter(({ name, text }) => name === "COPY" && !text.startsWith("--from="));
  for (const { text } of sources) expect(existsSync(join(ROOT, text.split(" ")[0]!))).toBe(true);
  expect(build.some(({ text }) => text === ". .")).toBe(true);
  expect(ignored.split("\n")).toEqual(
    expect.arrayContaining([".git", "**/node_modules", "**/dist", "certs", "acme", "headgate.yaml"]),
  );
});

test("the image listens where its configuration says, and where it is exposed", () => {
  const { problems, ports } = inForce(read("headgate.yaml"));
  expect(problems).toEqual([]);
  expect(textOf("EXPOSE").split(" ").map(Number)).toEqual(ports);
});

test("the commands of the image are those of Headgate, with the file that is there", () => {
  const [file] = /\/etc\/headgate\S+/.exec(DOCKERFILE)!;
  expect(listIn(textOf("CMD"))).toEqual(["headgate", "serve", "--config", file]);
  expect(listIn(textOf("HEALTHCHECK"))).toEqual(["headgate", "check", "--live", file]);
});

test("the compose file publishes ports of the image, and mounts what it reads", () => {
  const { services, volumes } = parse(read("compose.yaml"));
  const { headgate } = services;
  expect(existsSync(join(ROOT, "deploy/docker", headgate.build.context, headgate.build.dockerfile))).toBe(
    true,
  );
  const inside = headgate.ports.map((pair: string) => Number(pair.split(":")[1]));
  expect(inside).toEqual(inForce(read("headgate.yaml")).ports);
  const mounts: string[] = headgate.volumes.map((mount: string) => mount.split(":")[1]);
  expect(mounts).toEqual(["/etc/headgate/headgate.yaml", textOf("VOLUME")]);
  expect(Object.keys(volumes)).toEqual(["state"]);
  expect(Number.parseInt(headgate.stop_grace_period, 10) * 1000).toBeGreaterThan(
    inForce(read("headgate.yaml")).endMs,
  );
  expect(headgate).toMatchObject({ read_only: true, cap_drop: ["ALL"], tmpfs: ["/tmp"] });
});

test("no field of the compose file is misspelled or in the wrong place", () => {
  expect(unknownFields(parse(read("compose.yaml")), COMPOSE)).toEqual([]);
  const misspelled = read("compose.yaml").replace("read_only", "readonly").replace("context", "contexts");
  expect(unknownFields(parse(misspelled), COMPOSE)).toEqual([
    "/services/headgate/build/contexts",
    "/services/headgate/readonly",
  ]);
});

test("what is to be assembled is in the repository", () => {
  const script = readFileSync(join(ROOT, "deploy/assemble.sh"), "utf8");
  expect(DOCKERFILE).toContain("sh deploy/assemble.sh /opt/headgate");
  execFileSync("sh", ["-n", join(ROOT, "deploy/assemble.sh")]);
  expect(script).toContain("npm ci --omit=dev --ignore-scripts");
});
