/** Events: core/v1 is what is stored; events.k8s.io/v1 shows the same objects in its own words. */
import { ageOf, NONE } from "./columns.ts";
import type { ObjectReference } from "./core.ts";
import type { KubeObject, ObjectMeta, PrinterColumn, ResourceDefinition } from "./meta.ts";

export interface KubeEvent extends KubeObject {
  metadata: ObjectMeta;
  involvedObject: ObjectReference;
  type: "Normal" | "Warning";
  reason: string;
  message: string;
  source?: { component?: string; host?: string };
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  /** Microseconds; what newer clients send instead of first and last. */
  eventTime?: string | null;
  count?: number;
  series?: { count?: number; lastObservedTime?: string };
  action?: string;
  reportingComponent?: string;
  reportingInstance?: string;
  related?: ObjectReference;
}

const firstSeen = ({ firstTimestamp, eventTime }: KubeEvent): string | undefined => firstTimestamp ?? eventTime ?? undefined;
const lastSeen = (event: KubeEvent): string | undefined => event.series?.lastObservedTime ?? event.lastTimestamp ?? firstSeen(event);

function source({ source, reportingComponent, reportingInstance }: KubeEvent): string {
  const component = source?.component ?? reportingComponent ?? "";
  const host = source?.host ?? reportingInstance ?? "";
  return host === "" ? component : `${component}, ${host}`;
}

/** Order and priorities as kubernetes pkg/printers printEvent. */
const columns: readonly PrinterColumn[] = [
  { name: "Last Seen", type: "string", value: (object, now) => ageOf(lastSeen(object as KubeEvent), now) },
  { name: "Type", type: "string", value: (object) => (object as KubeEvent).type },
  { name: "Reason", type: "string", value: (object) => (object as KubeEvent).reason },
  {
    name: "Object",
    type: "string",
    value: (object) => {
      const { kind = "", name = "" } = (object as KubeEvent).involvedObject;
      return kind === "" ? name : `${kind.toLowerCase()}/${name}`;
    },
  },
  { name: "Subobject", type: "string", priority: 1, value: (object) => (object as KubeEvent).involvedObject.fieldPath ?? "" },
  { name: "Source", type: "string", priority: 1, value: (object) => source(object as KubeEvent) },
  { name: "Message", type: "string", value: (object) => ((object as KubeEvent).message ?? "").trim() },
  { name: "First Seen", type: "string", priority: 1, value: (object, now) => ageOf(firstSeen(object as KubeEvent), now) },
  {
    name: "Count",
    type: "integer",
    priority: 1,
    value: (object) => (object as KubeEvent).series?.count ?? ((object as KubeEvent).count || 1),
  },
  { name: "Name", type: "string", priority: 1, value: ({ metadata }) => metadata.name || NONE },
];

export const EVENTS: ResourceDefinition<KubeEvent> = {
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  singular: "event",
  shortNames: ["ev"],
  namespaced: true,
  columns,
};
