/** One instruction of a Dockerfile, with its continued lines joined. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions of a Dockerfile by stage, in order; each stage begins with its FROM. */
export function stagesOf(dockerfile: string): readonly (readonly Instruction[])[] {
  const lines = dockerfile
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const [, name = "", text = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === "FROM") stages.push([]);
    stages.at(-1)?.push({ name, text: text.replace(/\s+/g, " ").trim() });
  }
  return stages;
}

/** What is wrong with a Dockerfile, by the rules of hadolint that matter here. */
export function faultsIn(dockerfile: string): string[] {
  const stages = stagesOf(dockerfile);
  const last = stages.at(-1) ?? [];
  const all = stages.flat();
  const textsOf = (instructions: readonly Instruction[], name: string): string[] =>
    instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);
  const user = textsOf(last, "USER").at(-1);
  const rules: readonly (readonly [rule: string, isBroken: boolean])[] = [
    ["DL3000: WORKDIR is absolute", textsOf(all, "WORKDIR").some((path) => !path.startsWith("/"))],
    ["DL3002: the last user is not root", user === undefined || /^(root|0)(:|$)/.test(user)],
    ["DL3004: no sudo", textsOf(all, "RUN").some((command) => /\bsudo\b/.test(command))],
    ["DL3006: images have a tag", textsOf(all, "FROM").some((image) => !/^[^ :]+:[^ ]+/.test(image))],
    ["DL3007: not the tag latest", textsOf(all, "FROM").some((image) => /:latest\b/.test(image))],
    ["DL3020: COPY, not ADD", textsOf(all, "ADD").length > 0],
    ["DL3022: COPY --from names a stage", textsOf(all, "COPY").some((copy) => !isFromStage(copy, stages))],
    [
      "DL3025: CMD is a list",
      [...textsOf(last, "CMD"), ...textsOf(last, "ENTRYPOINT")].some((command) => !isList(command)),
    ],
    ["DL3055: one HEALTHCHECK", textsOf(last, "HEALTHCHECK").length !== 1],
    ["DL4000: no MAINTAINER", textsOf(all, "MAINTAINER").length > 0],
    [
      "DL4006: no pipe whose failure is not seen",
      textsOf(all, "RUN").some((command) => /[^|]\|[^|]/.test(command)),
    ],
    [
      "ports above 1024",
      textsOf(last, "EXPOSE").some((ports) => ports.split(" ").some((port) => Number(port) <= 1024)),
    ],
  ];
  return rules.filter(([, isBroken]) => isBroken).map(([rule]) => rule);
}

/** A command or an argument as the list of strings that it is. */
export function listIn(text: string): readonly string[] {
  return JSON.parse(/\[.*\]$/.exec(text)?.[0] ?? "null");
}

function isList(text: string): boolean {
  return text.startsWith("[") && Array.isArray(listIn(text));
}

function isFromStage(copy: string, stages: readonly (readonly Instruction[])[]): boolean {
  const [, from] = /--from=(\S+)/.exec(copy) ?? [];
  return from === undefined || stages.some(([first]) => first?.text.endsWith(` AS ${from}`));
}
