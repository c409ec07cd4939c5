/** Why a gateway cannot do what it was asked for. Each of the problems is a sentence that says where. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly problems: readonly string[];

  /** @internal */
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}
