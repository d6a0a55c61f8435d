/** Declares the component: two mounts of the same page, the API below `/api`, and what its identity may read. */
import { PROFILES, ROLE_BINDINGS } from "../../api/index.ts";
import { createInformer, type Component, type KubeClient } from "../../kit/index.ts";
import type { Log } from "../../lib/log.ts";
import { createApi } from "./api.ts";
import { DASHBOARD_OBJECTS } from "./objects.ts";
import { createRoleLookup } from "./role-lookup.ts";
import { createWebFiles } from "./web-files.ts";

export interface DashboardOptions {
  /** Acts as `system:serviceaccount:kubeflow:centraldashboard`. */
  readonly kube: KubeClient;
  /** The folder that `npm run build:web` writes. */
  readonly webRoot: string;
  readonly log: Log;
}

/** Creates the dashboard component; it reads nothing before its loops run and the first request arrives. */
export function createDashboard({ kube, webRoot, log }: DashboardOptions): Component {
  const profiles = createInformer(kube, PROFILES, log);
  const roleBindings = createInformer(kube, ROLE_BINDINGS, log);
  const roles = createRoleLookup({ kube, profiles, roleBindings });
  const files = createWebFiles(webRoot);
  return {
    name: "dashboard",
    objects: DASHBOARD_OBJECTS,
    mounts: [
      { prefix: "", access: "identity", fetch: (request) => files.serve(request, "") },
      { prefix: "/pipeline", access: "identity", fetch: (request) => files.serve(request, "/pipeline") },
      {
        prefix: "/api",
        access: "identity",
        api: true,
        routes: [
          { method: "GET", path: "/namespaces" },
          { method: "GET", path: "/workgroup/env-info" },
          { method: "GET", path: "/workgroup/exists" },
        ],
        fetch: createApi({ kube, roles, log }),
      },
    ],
    loops: [profiles, roleBindings],
    checks: [{ name: "dashboard files", check: () => files.check() }],
  };
}
