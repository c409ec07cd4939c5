/** How much one round of the work does: `count` of the `unit`, and the bytes of all of them together. */
export interface Amount {
  readonly unit: string;
  readonly count: number;
  readonly bytes?: number;
}

const ROUNDS = 7;
const NAME_WIDTH = 40;

/**
 * Does the work in several rounds and prints what it cost: the rates of the fastest round and the processor time of the
 * cheapest, for the machine is shared. The work is to throw if it was not really done.
 */
export async function measure(
  name: string,
  { unit, count, bytes }: Amount,
  work: () => void | Promise<void>,
): Promise<void> {
  let leastMs = Number.POSITIVE_INFINITY;
  let leastCpuUs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const beginMs = performance.now();
    const begin = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(begin);
    leastMs = Math.min(leastMs, performance.now() - beginMs);
    leastCpuUs = Math.min(leastCpuUs, user + system);
  }
  const rate = `${Math.round((count * 1000) / leastMs)} ${unit}/s`;
  const cpu = `${readable(leastCpuUs / count)} CPU each`;
  const throughput = bytes === undefined ? "" : `${Math.round(bytes / 1000 / leastMs)} MB/s`;
  console.log(
    `${name.padEnd(NAME_WIDTH)} ${rate.padStart(20)} ${cpu.padStart(20)} ${throughput.padStart(11)}`,
  );
}

function readable(us: number): string {
  return us < 1 ? `${(us * 1000).toPrecision(3)} ns` : `${us.toPrecision(3)} µs`;
}
