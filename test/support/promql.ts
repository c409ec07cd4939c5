/** The labels of each metric, by its name. */
export type Metrics = ReadonlyMap<string, ReadonlySet<string>>;

/** Prometheus adds these to every series that it scrapes. */
const OF_PROMETHEUS = ["instance", "job"] as const;

/** The metrics in the text format of Prometheus. */
export function metricsIn(text: string): Metrics {
  const metrics = new Map<string, Set<string>>();
  for (const [, name, labels = ""] of text.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? \S+$/gim)) {
    const known = metrics.get(name!) ?? new Set<string>(OF_PROMETHEUS);
    for (const [, label] of labels.matchAll(/(\w+)="(?:\\.|[^"\\])*"/g)) known.add(label!);
    metrics.set(name!, known);
  }
  // How Prometheus says whether it could scrape.
  return metrics.set("up", new Set(OF_PROMETHEUS));
}

/** A vector has labels, a scalar has none and takes those of what it is combined with. */
type Labels = ReadonlySet<string> | "scalar";

const TOKENS =
  /\s*(\[[^\]]+\]|"(?:\\.|[^"\\])*"|\d+(?:\.\d+)?[smhd]?|[a-zA-Z_$]\w*|=~|!~|!=|==|<=|>=|[-+*/^%<>=(){},])/y;
const AGGREGATES = ["sum", "min", "max", "avg", "count"];
const OF_RANGES = ["rate", "increase"];
const OPERATORS = ["+", "-", "*", "/", "==", "!=", "<", ">", "<=", ">="];

/**
 * The labels that the series of a query have. Throws if it names a metric or a label that there is not, or has a form of PromQL that
 * this does not know.
 */
export function labelsOf(query: string, metrics: Metrics): Labels {
  return new Query(query, metrics).labels();
}

class Query {
  readonly #tokens: string[] = [];
  readonly #text: string;
  readonly #metrics: Metrics;
  #at = 0;

  constructor(text: string, metrics: Metrics) {
    this.#text = text;
    this.#metrics = metrics;
    TOKENS.lastIndex = 0;
    for (let end = 0; end < text.trimEnd().length; end = TOKENS.lastIndex) {
      const [, token] = TOKENS.exec(text) ?? this.#fail(`does not know "${text.slice(end)}"`);
      this.#tokens.push(token!);
    }
  }

  labels(): Labels {
    const labels = this.#expression();
    if (this.#next !== undefined) this.#fail(`does not know what follows: "${this.#next}"`);
    return labels;
  }

  #expression(): Labels {
    let labels = this.#term();
    while (this.#next !== undefined && OPERATORS.includes(this.#next)) {
      this.#take();
      const right = this.#term();
      if (labels !== "scalar" && right !== "scalar" && [...labels].sort().join() !== [...right].sort().join())
        this.#fail("combines series with unlike labels");
      if (labels === "scalar") labels = right;
    }
    return labels;
  }

  #term(): Labels {
    const token = this.#take();
    if (/^\d/.test(token)) return "scalar";
    if (token === "(") return this.#upTo(")", () => this.#expression());
    if (AGGREGATES.includes(token)) return this.#aggregate();
    if (token === "time") {
      this.#expect("(");
      return this.#upTo(")", () => "scalar");
    }
    if (OF_RANGES.includes(token)) {
      this.#expect("(");
      return this.#upTo(")", () => {
        const labels = this.#selector(this.#take());
        if (!/^\[(\d+[smhd]|\$__rate_interval)\]$/.test(this.#take())) this.#fail("needs a range");
        return labels;
      });
    }
    return this.#selector(token);
  }

  #aggregate(): Labels {
    this.#expect("by");
    this.#expect("(");
    const wanted = new Set<string>();
    this.#upTo(")", () => {
      do wanted.add(this.#take());
      while (this.#next === "," && this.#take());
    });
    this.#expect("(");
    const inner = this.#upTo(")", () => this.#expression());
    for (const label of wanted)
      if (inner === "scalar" || !inner.has(label)) this.#fail(`groups by ${label}, which is not there`);
    return wanted;
  }

  #selector(name: string): Labels {
    const labels = this.#metrics.get(name) ?? this.#fail(`there is no metric ${name}`);
    if (this.#next !== "{") return labels;
    this.#take();
    return this.#upTo("}", () => {
      do {
        const label = this.#take();
        if (!labels.has(label)) this.#fail(`${name} has no label ${label}`);
        if (!["=", "=~", "!=", "!~"].includes(this.#take())) this.#fail("needs a matcher");
        if (!this.#take().startsWith('"')) this.#fail("needs a text");
      } while (this.#next === "," && this.#take());
      return labels;
    });
  }

  get #next(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(): string {
    const token = this.#next ?? this.#fail("ends too early");
    this.#at += 1;
    return token;
  }

  #expect(token: string): void {
    if (this.#take() !== token) this.#fail(`has no "${token}" where one is needed`);
  }

  #upTo<T>(end: string, read: () => T): T {
    const found = read();
    this.#expect(end);
    return found;
  }

  #fail(why: string): never {
    throw new Error(`${this.#text}: ${why}`);
  }
}
