/** The fields that an object may have, each with those of its value; `true` is any value, and a list is one of such objects. */
export interface Known {
  readonly [field: string]: Known | true;
}

/** The paths of all fields that are not known. Of a list, each entry is looked at. */
export function unknownFields(value: unknown, known: Known | true, path = ""): string[] {
  if (known === true || value === null || typeof value !== "object") return [];
  if (Array.isArray(value))
    return value.flatMap((entry, index) => unknownFields(entry, known, `${path}/${index}`));
  return Object.entries(value).flatMap(([field, inner]) => {
    const place = `${path}/${field}`;
    const next = ANY in known ? known[ANY] : Object.hasOwn(known, field) ? known[field] : undefined;
    return next === undefined ? [place] : unknownFields(inner, next, place);
  });
}

/** In place of names that are free. */
const ANY = "*";

const METADATA: Known = { name: true, labels: true };
const SELECTOR: Known = { matchLabels: true };
const PROBE: Known = { exec: { command: true }, periodSeconds: true, timeoutSeconds: true };
const RESOURCES: Known = {
  requests: { cpu: true, memory: true, storage: true },
  limits: { cpu: true, memory: true },
};

const CONTAINER: Known = {
  name: true,
  image: true,
  ports: { name: true, containerPort: true },
  readinessProbe: PROBE,
  livenessProbe: PROBE,
  resources: RESOURCES,
  securityContext: {
    allowPrivilegeEscalation: true,
    readOnlyRootFilesystem: true,
    capabilities: { drop: true },
  },
  volumeMounts: { name: true, mountPath: true },
};

const POD: Known = {
  metadata: METADATA,
  spec: {
    enableServiceLinks: true,
    automountServiceAccountToken: true,
    terminationGracePeriodSeconds: true,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: true,
      runAsGroup: true,
      fsGroup: true,
      seccompProfile: { type: true },
    },
    topologySpreadConstraints: {
      maxSkew: true,
      topologyKey: true,
      whenUnsatisfiable: true,
      labelSelector: SELECTOR,
    },
    containers: CONTAINER,
    volumes: { name: true, configMap: { name: true }, emptyDir: {} },
  },
};

const WORKLOAD: Known = { replicas: true, selector: SELECTOR, template: POD };
const RULE: Known = {
  ports: { port: true, protocol: true },
  to: { podSelector: SELECTOR },
  from: { namespaceSelector: SELECTOR },
};

const object = (parts: Known): Known => ({ apiVersion: true, kind: true, metadata: METADATA, ...parts });

/**
 * As much of the API of Kubernetes (v1, apps/v1, policy/v1, networking.k8s.io/v1) and of kustomize as the manifests use. Kubernetes
 * leaves out a field that it does not know, so that a misspelled one has no effect.
 */
export const KUBERNETES: Readonly<Record<string, Known>> = {
  ConfigMap: object({ data: { [ANY]: true } }),
  Service: object({
    spec: {
      type: true,
      clusterIP: true,
      externalTrafficPolicy: true,
      sessionAffinity: true,
      selector: { app: true },
      ports: { name: true, port: true, targetPort: true },
    },
  }),
  StatefulSet: object({
    spec: {
      ...WORKLOAD,
      serviceName: true,
      volumeClaimTemplates: { metadata: METADATA, spec: { accessModes: true, resources: RESOURCES } },
    },
  }),
  Deployment: object({
    spec: {
      ...WORKLOAD,
      minReadySeconds: true,
      strategy: { type: true, rollingUpdate: { maxSurge: true, maxUnavailable: true } },
    },
  }),
  PodDisruptionBudget: object({ spec: { maxUnavailable: true, selector: SELECTOR } }),
  NetworkPolicy: object({
    spec: { podSelector: SELECTOR, policyTypes: true, ingress: RULE, egress: RULE },
  }),
  Kustomization: {
    apiVersion: true,
    kind: true,
    resources: true,
    images: { name: true, newName: true, newTag: true },
  },
};

/** As much of the Compose Specification as the compose file uses. */
export const COMPOSE: Known = {
  services: {
    [ANY]: {
      build: { context: true, dockerfile: true },
      image: true,
      restart: true,
      ports: true,
      volumes: true,
      stop_grace_period: true,
      read_only: true,
      tmpfs: true,
      cap_drop: true,
      security_opt: true,
      ulimits: { nofile: true },
      logging: { driver: true, options: { "max-size": true, "max-file": true } },
    },
  },
  volumes: { [ANY]: {} },
};
