import { describe, expect, test } from "vitest";
import { ANSWER_MS } from "../check-live.ts";
import { inForce } from "./in-force.test.helper.ts";
import { KUBERNETES, unknownFields } from "./known-fields.test.helper.ts";
import { documentsIn, FILES, MANIFESTS, type Manifest, ofKind, WORKLOADS } from "./manifests.test.helper.ts";

/** The version of each kind that every supported Kubernetes has. */
const VERSIONS: Readonly<Record<string, string>> = {
  ConfigMap: "v1",
  Service: "v1",
  StatefulSet: "apps/v1",
  Deployment: "apps/v1",
  PodDisruptionBudget: "policy/v1",
  NetworkPolicy: "networking.k8s.io/v1",
};

/** Probes that fail in a row before Kubernetes acts, unless `failureThreshold` says more. */
const FAILURES_BY_DEFAULT = 3;

test("every object has a kind and a version that exist, and a name of its own", () => {
  for (const { kind, apiVersion } of MANIFESTS) expect([kind, apiVersion]).toEqual([kind, VERSIONS[kind]]);
  const names = MANIFESTS.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  expect(new Set(names).size).toBe(names.length);
});

test("no field is misspelled or in the wrong place", () => {
  for (const manifest of [...MANIFESTS, ...documentsIn("kustomization.yaml")])
    expect([manifest.kind, unknownFields(manifest, KUBERNETES[manifest.kind]!)]).toEqual([manifest.kind, []]);
});

test.each([
  ["readinessProbe", "readynessProbe", "/spec/template/spec/containers/0/readynessProbe"],
  ["runAsNonRoot", "runAsNonroot", "/spec/template/spec/securityContext/runAsNonroot"],
  ["replicas", "replica", "/spec/replica"],
  ["emptyDir", "emptyDirectory", "/spec/template/spec/volumes/1/emptyDirectory"],
])("%s written as %s is found", (field, misspelled, place) => {
  const [workload] = WORKLOADS;
  const changed = JSON.parse(JSON.stringify(workload).replace(`"${field}"`, `"${misspelled}"`));
  expect(unknownFields(changed, KUBERNETES[changed.kind]!)).toEqual([place]);
});

test("kustomize finds every file", () => {
  const [kustomization] = documentsIn("kustomization.yaml");
  expect((kustomization as unknown as { readonly resources: string[] }).resources.toSorted()).toEqual(
    FILES.toSorted(),
  );
});

test("whatever selects pods selects those of one workload", () => {
  const labels = WORKLOADS.map(({ spec }) => spec.template.metadata.labels);
  const selectorOf = ({ spec: { selector, podSelector } }: Manifest): unknown =>
    podSelector?.matchLabels ?? selector?.matchLabels ?? selector;
  const selecting = MANIFESTS.filter(({ kind }) => kind !== "ConfigMap");
  for (const manifest of selecting) expect(labels).toContainEqual(selectorOf(manifest));
  expect(WORKLOADS.map((workload) => selectorOf(workload))).toEqual(labels);
});

test("services and policies name ports that their pods have", () => {
  for (const { spec } of ofKind("Service", "NetworkPolicy")) {
    const selector = spec.podSelector?.matchLabels ?? spec.selector;
    const workload = WORKLOADS.find(
      (each) => JSON.stringify(each.spec.template.metadata.labels) === JSON.stringify(selector),
    );
    const [{ ports }] = workload!.spec.template.spec.containers;
    const named =
      spec.ports?.map(({ targetPort }) => targetPort) ?? spec.ingress![0]!.ports.map(({ port }) => port);
    for (const name of named) expect(ports.map((port) => port.name)).toContain(name);
  }
});

test("the origin's pods have the names by which edges know it", () => {
  const [origin] = ofKind("StatefulSet");
  const { serviceName } = origin!.spec;
  expect(ofKind("Service").map(({ metadata }) => metadata.name)).toContain(serviceName);
  const [edge] = ofKind("ConfigMap").filter(({ metadata }) => metadata.name === "headgate-edge");
  expect(edge!.data!["headgate.yaml"]).toContain(`rtmp://${serviceName}:1935/{app}`);
});

describe.each(WORKLOADS.map((workload) => [workload.metadata.name, workload] as const))(
  "%s",
  (_, workload) => {
    const pod = workload.spec.template.spec;
    const [container] = pod.containers;

    const configName = pod.volumes.find(({ configMap }) => configMap)!.configMap!.name;
    const configMap = ofKind("ConfigMap").find(({ metadata }) => metadata.name === configName)!;
    const { problems, ports: configuredPorts, endMs } = inForce(configMap.data!["headgate.yaml"]!);

    test("listens where its configuration says", () => {
      expect(problems).toEqual([]);
      expect(container.ports.map(({ containerPort }) => containerPort)).toEqual(configuredPorts);
      expect(Math.min(...configuredPorts)).toBeGreaterThan(1024);
    });

    // Kubernetes ends a pod that does not live, and the ports for media can be full of strangers.
    test("is asked on no port that strangers reach, and by a command of Headgate that has the time", () => {
      const [mount] = container.volumeMounts;
      const file = `${mount!.mountPath}/${Object.keys(configMap.data!)[0]}`;
      for (const { exec, timeoutSeconds } of [container.readinessProbe, container.livenessProbe]) {
        expect(exec?.command).toEqual(["headgate", "check", "--live", file]);
        expect(timeoutSeconds * 1000).toBeGreaterThan(ANSWER_MS);
      }
    });

    test("is not ended by the liveness probe while it drains, which answers no then", () => {
      const { periodSeconds } = container.livenessProbe;
      expect(periodSeconds * (FAILURES_BY_DEFAULT - 1) * 1000).toBeGreaterThan(endMs);
    });

    test("has the time to drain and to end that it may need", () => {
      expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(endMs);
    });

    test("gets no variables that Headgate would take for settings", () => {
      expect(pod.enableServiceLinks).toBe(false);
      expect(container.env).toBeUndefined();
    });

    test("has no rights, and writes where it must only", () => {
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: "RuntimeDefault" },
      });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      const claims = workload.spec.volumeClaimTemplates ?? [];
      const volumes = [
        ...pod.volumes.map(({ name }) => name),
        ...claims.map(({ metadata }) => metadata.name),
      ];
      expect(container.volumeMounts.map(({ name }) => name).toSorted()).toEqual(volumes.toSorted());
      expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toEqual([
        "/etc/headgate",
        "/var/lib/headgate",
        "/tmp",
      ]);
      expect(container.resources.limits.memory).toMatch(/^\d+[GM]i$/);
    });
  },
);
