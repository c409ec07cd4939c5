import { ProxyTracerProvider, type Tracer, trace } from "@opentelemetry/api";

const NAME = "headgate";

/** Undefined unless an OpenTelemetry SDK was loaded before this program, as with `node --import`: then nothing is traced. */
export function findTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  const hasSdk = !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(NAME) !== undefined;
  return hasSdk ? trace.getTracer(NAME) : undefined;
}
