import { readFileSync } from 'node:fs';
import {
  PrometheusRule,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { StatefulSet } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Service, ServiceAccount } from 'kubernetes-models/v1';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfiguration } from '../../config/load.ts';
import { OWN_METRICS } from '../../src/adapters/telemetry/metrics.ts';

const FOLDER = 'config/kubernetes';

/** What a manifest may be; each knows Kubernetes' own schema of it. */
const KINDS: Readonly<Record<string, new (data: never) => { validate(): void }>> = {
  'v1 ConfigMap': ConfigMap,
  'v1 Service': Service,
  'v1 ServiceAccount': ServiceAccount,
  'apps/v1 StatefulSet': StatefulSet,
  'policy/v1 PodDisruptionBudget': PodDisruptionBudget,
  'networking.k8s.io/v1 NetworkPolicy': NetworkPolicy,
  'autoscaling/v2 HorizontalPodAutoscaler': HorizontalPodAutoscaler,
  'monitoring.coreos.com/v1 ServiceMonitor': ServiceMonitor,
  'monitoring.coreos.com/v1 PrometheusRule': PrometheusRule,
};

const { resources } = read('kustomization.yaml')[0];
const manifests = [...resources, 'autoscaling.yaml'].flatMap(read);
const statefulSet = one('StatefulSet');
const pod = statefulSet.spec.template;
const [container] = pod.spec.containers;

test.each(manifests.map((manifest) => ({ manifest, what: `${manifest.apiVersion} ${manifest.kind}` })))(
  '$what $manifest.metadata.name is what Kubernetes takes',
  ({ manifest, what }) => {
    const Kind = KINDS[what];
    if (Kind === undefined) throw new Error(`nobody knows ${what}`);
    expect(() => new Kind(manifest as never).validate()).not.toThrow();
    expect(manifest.metadata.labels).toMatchObject({ 'app.kubernetes.io/name': 'headgate' });
  },
);

test('a manifest that is wrong would be found', () => {
  const wrong = { ...statefulSet, spec: { ...statefulSet.spec, replicas: 'two' } };
  expect(() => new StatefulSet(wrong).validate()).toThrow(/replicas/);
});

test('every selector finds the coordinators', () => {
  const selectors = [
    statefulSet.spec.selector.matchLabels,
    ...manifests.filter(({ kind }) => kind === 'Service').map(({ spec }) => spec.selector),
    one('PodDisruptionBudget').spec.selector.matchLabels,
    one('NetworkPolicy').spec.podSelector.matchLabels,
  ];
  expect(selectors).toHaveLength(5);
  for (const selector of selectors) expect(pod.metadata.labels).toMatchObject(selector);
  const scraped = one('ServiceMonitor').spec.selector.matchLabels;
  const services = manifests.filter(
    ({ kind, metadata }) => kind === 'Service' && metadata.labels['headgate.dev/scrape'],
  );
  expect(services.map(({ metadata }) => metadata.name)).toEqual([statefulSet.spec.serviceName]);
  expect(services[0].metadata.labels).toMatchObject(scraped);
  expect(one('HorizontalPodAutoscaler').spec.scaleTargetRef.name).toBe(statefulSet.metadata.name);
});

test('ports, volumes and paths of the pod are there', () => {
  const ports = container.ports.map(({ name }: { name: string }) => name);
  for (const { spec } of manifests.filter(({ kind }) => kind === 'Service'))
    for (const { targetPort } of spec.ports) expect(ports).toContain(targetPort);
  const volumes = [
    ...pod.spec.volumes,
    ...statefulSet.spec.volumeClaimTemplates.map(({ metadata }: { metadata: object }) => metadata),
  ];
  const names = volumes.map(({ name }) => name);
  for (const { name } of container.volumeMounts) expect(names).toContain(name);
  const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map(
    (probe) => container[probe].httpGet.path,
  );
  expect(paths).toEqual(['/health/live', '/health/live', '/health/ready']);
});

test('the configuration in the ConfigMap is right, and the pod is set up for it', () => {
  const { data } = one('ConfigMap');
  const files: Readonly<Record<string, string>> = {
    '/etc/headgate/headgate.yaml': data['headgate.yaml'],
    '/etc/headgate/limits.yaml': data['limits.yaml'],
    '/run/secrets/headgate/cluster-key': '0123456789abcdef0123456789abcdef',
  };
  const readFile = (path: string) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(`${path} is not mounted`), { code: 'ENOENT' });
    return Buffer.from(text);
  };
  const loaded = loadConfiguration({ file: '/etc/headgate/headgate.yaml', env: {}, flags: {}, readFile });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { node, grpc, journalDirectory } = loaded.settings;
  const portOf = (name: string) =>
    container.ports.find((port: { name: string; containerPort: number }) => port.name === name)
      ?.containerPort;
  expect([portOf('http'), portOf('grpc')]).toEqual([node.listen.port, grpc?.port]);
  expect(pod.metadata.labels['headgate.dev/region']).toBe(node.region);
  const mounts = container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
  expect(mounts).toEqual(
    expect.arrayContaining([
      '/etc/headgate',
      '/run/secrets/headgate',
      journalDirectory?.replace(`/${node.region}`, ''),
    ]),
  );
});

test('what scales is a metric of the daemon', () => {
  const [metric] = one('HorizontalPodAutoscaler').spec.metrics;
  const rule = readFileSync(`${FOLDER}/autoscaling.yaml`, 'utf8');
  expect(rule).toContain(`as: ${metric.pods.metric.name}`);
  const [, name] = /rate\((headgate_\w+)/.exec(rule) ?? [];
  expect(OWN_METRICS.map((each) => each.name)).toContain(name);
});

// biome-ignore lint/suspicious/noExplicitAny: manifests have every shape, and are checked by their schemas
function read(file: string): any[] {
  return parseAllDocuments(readFileSync(`${FOLDER}/${file}`, 'utf8')).map((document) =>
    parse(document.toString()),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function one(kind: string): any {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  expect(found).toHaveLength(1);
  return found[0];
}
