/** The hash routes; those with identifiers are printed by the KFP SDK and must not change. */
import { createHashRouter, Navigate } from "react-router";
import { ExperimentPage } from "./experiments/experiment-page.tsx";
import { RunPage } from "./run/run-page.tsx";
import { RunsPage } from "./runs/runs-page.tsx";
import { CrashedPage, NotFoundPage, NotYetPage } from "./shell/plain-pages.tsx";
import { Shell } from "./shell/shell.tsx";

export function createRouter(): ReturnType<typeof createHashRouter> {
  return createHashRouter([
    {
      path: "/",
      element: <Shell />,
      errorElement: <CrashedPage />,
      children: [
        { index: true, element: <Navigate to="/runs" replace /> },
        { path: "runs", element: <RunsPage /> },
        { path: "runs/details/:runId", element: <RunPage /> },
        { path: "experiments/details/:experimentId", element: <ExperimentPage /> },
        { path: "pipelines/*", element: <NotYetPage what="Pipelines and their versions" /> },
        { path: "experiments", element: <NotYetPage what="The list of experiments" /> },
        { path: "*", element: <NotFoundPage /> },
      ],
    },
  ]);
}
