import {
  type ClientContext,
  type ClientProblem,
  ClientStream,
  createStandaloneContext,
} from "@headgate/client";
import { RtmpUrl } from "@headgate/session";

/** A client in this process that speaks all six transports. */
export class AccessClient {
  readonly #context: ClientContext = createStandaloneContext({
    flashVersion: "FMLE/3.0 (test)",
    insecure: true,
    trustWords: { ca: "", insecure: "" },
  });

  /** `granted`, or the words with which the server has refused. What is granted goes on until `end`. */
  ask(purpose: "publish" | "play", text: string): Promise<Asked> {
    const url = RtmpUrl.parse(text);
    if (!url) throw new Error(`${text} is no URL`);
    return new Promise((resolve) => {
      const stream: ClientStream = new ClientStream(
        this.#context,
        { url, purpose },
        {
          onEvent: ({ kind }) => {
            if (kind === "started") resolve({ answer: "granted", end: () => stream.end() });
          },
          onWritable: () => {},
          onOver: (problem) => resolve({ answer: textOf(problem), end: () => {} }),
        },
      );
      stream.start();
    });
  }

  /** The answer alone; the stream is ended. */
  async answer(purpose: "publish" | "play", text: string): Promise<string> {
    const { answer, end } = await this.ask(purpose, text);
    end();
    return answer;
  }
}

interface Asked {
  readonly answer: string;
  end(): void;
}

function textOf(problem: ClientProblem | undefined): string {
  return problem === undefined ? "ended" : `${problem.code} ${problem.message}`;
}
