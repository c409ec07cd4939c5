import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { ROOT } from "./in-force.test.helper.ts";

interface Port {
  readonly name: string;
  readonly containerPort: number;
}

interface Probe {
  readonly exec?: { readonly command: readonly string[] };
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
}

interface Container {
  readonly ports: readonly Port[];
  readonly env?: readonly { readonly name: string }[];
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly securityContext: object;
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface PodSpec {
  readonly enableServiceLinks: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly containers: readonly [Container];
  readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
}

/** As much of an object of Kubernetes as the tests look at. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly selector?: Readonly<Record<string, unknown>>;
    readonly podSelector?: { readonly matchLabels: object };
    readonly ports?: readonly { readonly targetPort: string }[];
    readonly ingress?: readonly { readonly ports: readonly { readonly port: string }[] }[];
    readonly serviceName?: string;
    readonly template: { readonly metadata: { readonly labels: object }; readonly spec: PodSpec };
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  };
}

const FOLDER = join(ROOT, "deploy/kubernetes");

export function documentsIn(name: string): readonly Manifest[] {
  return parseAllDocuments(readFileSync(join(FOLDER, name), "utf8")).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() as Manifest;
  });
}

export const FILES: readonly string[] = readdirSync(FOLDER).filter((name) => name !== "kustomization.yaml");

/** All objects but that of kustomize. */
export const MANIFESTS: readonly Manifest[] = FILES.flatMap(documentsIn);

export function ofKind(...kinds: readonly string[]): readonly Manifest[] {
  return MANIFESTS.filter(({ kind }) => kinds.includes(kind));
}

/** What runs Headgate. */
export const WORKLOADS: readonly Manifest[] = ofKind("StatefulSet", "Deployment");
