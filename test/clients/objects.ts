/** Small objects for the clients' suites. Their image is one that nobody maps, so that pods stay Pending. */

export const IMAGE = "registry.example.com/idle:1";

type Labels = Readonly<Record<string, string>>;

export const configMap = (name: string, data: Labels = { key: "value" }, labels?: Labels) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...(labels ? { labels } : {}) },
  data,
});

const template = (app: string, image: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "main", image }] },
});

export const pod = (name: string, labels: Labels = { app: name }) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels },
  spec: { containers: [{ name: "main", image: IMAGE }] },
});

export const deployment = (name: string, { replicas = 1, image = IMAGE }: { replicas?: number; image?: string } = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, labels: { app: name } },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, image) },
});

/** A ReplicaSet as the Deployment's controller leaves one behind for a revision. */
export const revisionOf = (owner: { name: string; uid: string }, revision: number, image: string) => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: {
    name: `${owner.name}-${revision}`,
    labels: { app: owner.name, "pod-template-hash": String(revision) },
    annotations: { "deployment.kubernetes.io/revision": String(revision) },
    ownerReferences: [
      { apiVersion: "apps/v1", kind: "Deployment", name: owner.name, uid: owner.uid, controller: true, blockOwnerDeletion: true },
    ],
  },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: owner.name, "pod-template-hash": String(revision) } },
    template: {
      ...template(owner.name, image),
      metadata: { labels: { app: owner.name, "pod-template-hash": String(revision) } },
    },
  },
});

/** A CustomResourceDefinition whose group is the test's own: definitions belong to no namespace. */
export const widgetDefinition = (group: string) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList", shortNames: ["wd"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } },
        additionalPrinterColumns: [
          { name: "Size", type: "integer", jsonPath: ".spec.size" },
          { name: "Color", type: "string", jsonPath: ".spec.color", priority: 1 },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                required: ["size"],
                properties: {
                  size: { type: "integer", minimum: 1, maximum: 9, description: "How large it is." },
                  color: { type: "string", enum: ["red", "blue"], default: "red" },
                  parts: { type: "array", items: { type: "object", properties: { name: { type: "string" } } } },
                },
              },
              status: { type: "object", properties: { size: { type: "integer" }, ready: { type: "boolean" } } },
            },
          },
        },
      },
    ],
  },
});

export const widget = (group: string, name: string, spec: Readonly<Record<string, unknown>> = { size: 3 }) => ({
  apiVersion: `${group}/v1`,
  kind: "Widget",
  metadata: { name },
  spec,
});
