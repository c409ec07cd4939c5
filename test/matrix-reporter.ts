import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Prints which programs have played what was published, by the transports of both: the proof that they are all one. */
export default class MatrixReporter implements Reporter {
  /** A file that was run again counts as it ended. */
  readonly #modules = new Map<string, TestModule>();

  onInit(): void {
    process.on("exit", () => {
      const pairs = pairsOf([...this.#modules.values()]);
      if (pairs.size > 0) process.stdout.write(`\n${table(pairs)}`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) this.#modules.set(module.relativeModuleId, module);
  }
}

function pairsOf(modules: readonly TestModule[]): ReadonlyMap<string, readonly TestCase[]> {
  const pairs = new Map<string, TestCase[]>();
  for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
    const { pair } = test.meta();
    if (!pair) continue;
    const key = `${pair.publish} ${pair.play}`;
    pairs.set(key, [...(pairs.get(key) ?? []), test]);
  }
  return pairs;
}

const SCHEMES = ["rtmp", "rtmpt", "rtmps", "rtmpe", "rtmpte", "rtmpts", "http", "ws"];
const WIDTH = 9;

function table(pairs: ReadonlyMap<string, readonly TestCase[]>): string {
  const rows = SCHEMES.map((publish) => [
    publish,
    ...SCHEMES.map((play) => cell(pairs.get(`${publish} ${play}`) ?? [])),
  ]);
  const lines = [["publish", ...SCHEMES], ...rows].map((row) =>
    row.map((text) => text.padEnd(WIDTH)).join(""),
  );
  const marks = [...MARKS].map(([program, mark]) => `${mark} ${program}`).join(", ");
  return `Played packet for packet, by transport (${marks}; ! failed):\n\n${lines.join("\n")}\n`;
}

const MARKS: ReadonlyMap<string, string> = new Map([
  ["FFmpeg 8", "8"],
  ["ffmpeg 5", "5"],
  ["ffprobe", "p"],
  ["rtmpdump", "r"],
  ["GStreamer", "g"],
  ["curl", "c"],
  ["undici", "w"],
]);

/** A mark for each program of which all tests have passed. */
function cell(tests: readonly TestCase[]): string {
  const marks = [...MARKS].flatMap(([program, mark]) => {
    const own = tests.filter((test) => test.meta().pair?.player.startsWith(program));
    if (own.length === 0) return [];
    return own.every((test) => test.result().state === "passed") ? [mark] : ["!"];
  });
  return marks.join("") || "-";
}
