/**
 * The dashboard's server side: the files of the single-page application and the small API that tells a browser who it is
 * and which namespaces are theirs (kubeflow/dashboard components/centraldashboard/app/api_workgroup.ts).
 * Leaves what the pages show to the public APIs of the other components, and sign-in to the gateway.
 */
export { createDashboard, type DashboardOptions } from "./dashboard.ts";
