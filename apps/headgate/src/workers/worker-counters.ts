import type { WorkerMetrics } from "./messages.ts";

type WorkerMetric = WorkerMetrics[number];
type Sample = WorkerMetric["values"][number];

/** The worker that has told them. */
type Owner = object;

/**
 * The counters of workers, so that none falls when a worker is lost or too busy to answer: Prometheus would take that for a new
 * start and count all of them once more. What a worker counts after it was last asked is lost with it.
 */
export class WorkerCounters {
  /** Of each worker that runs, as it was told last. */
  readonly #latest = new Map<Owner, WorkerMetrics>();
  #ended: WorkerMetrics = [];

  told(worker: Owner, metrics: WorkerMetrics): void {
    this.#latest.set(worker, metrics.filter(isCounter).map(withoutStreams));
  }

  ended(worker: Owner): void {
    this.#ended = [...this.#ended, ...(this.#latest.get(worker) ?? [])].reduce(added, []);
    this.#latest.delete(worker);
  }

  /** What counts for this one while it does not answer. */
  latestOf(worker: Owner): WorkerMetrics {
    return this.#latest.get(worker) ?? [];
  }

  /** Of all workers that have ended. */
  get ofEnded(): WorkerMetrics {
    return this.#ended;
  }
}

function isCounter({ type }: WorkerMetric): boolean {
  return String(type) === "counter";
}

/** Those of a stream end with it, or there would be ever more of them. */
function withoutStreams(metric: WorkerMetric): WorkerMetric {
  return { ...metric, values: metric.values.filter(({ labels }) => !isOfOneStream(labels)) };
}

function isOfOneStream({ stream = "other" }: Sample["labels"]): boolean {
  return stream !== "other";
}

function added(sums: WorkerMetrics, metric: WorkerMetric): WorkerMetrics {
  const known = sums.find(({ name }) => name === metric.name);
  if (!known) return [...sums, metric];
  const values = metric.values.reduce(withSample, known.values);
  return sums.map((each) => (each === known ? { ...known, values } : each));
}

function withSample(samples: Sample[], sample: Sample): Sample[] {
  const labels = labelsOf(sample);
  const known = samples.find((each) => labelsOf(each) === labels);
  if (!known) return [...samples, sample];
  const sum = { ...known, value: known.value + sample.value };
  return samples.map((each) => (each === known ? sum : each));
}

function labelsOf({ labels }: Sample): string {
  return JSON.stringify(Object.entries(labels).sort());
}
