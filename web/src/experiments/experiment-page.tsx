/** An experiment and its runs. */
import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { Link, useParams } from "react-router";
import { experimentQuery } from "../api/queries.ts";
import { PageHead } from "../pieces/page-head.tsx";
import { Problem } from "../pieces/problem.tsx";
import { useNamespaceOf } from "../shell/namespace.tsx";
import { RunList } from "../runs/run-list.tsx";

export function ExperimentPage(): ReactElement {
  const { experimentId = "" } = useParams();
  const { data: experiment, error, refetch } = useQuery(experimentQuery(experimentId));
  useNamespaceOf(experiment?.namespace);
  const above = (
    <>
      <Link to={experiment ? `/runs?ns=${encodeURIComponent(experiment.namespace)}` : "/runs"}>{experiment?.namespace ?? "Runs"}</Link>
      <span aria-hidden> / </span>
      <span>Experiment</span>
    </>
  );
  return (
    <div className="page">
      <PageHead title={experiment?.display_name ?? "Experiment"} above={above} />
      {error ? <Problem error={error} retry={() => void refetch()} /> : null}
      {experiment?.description ? <p>{experiment.description}</p> : null}
      {experiment ? (
        <RunList
          key={experimentId}
          of={{ namespace: experiment.namespace, experimentId }}
          empty={<p className="nothing">This experiment has no runs yet.</p>}
        />
      ) : null}
    </div>
  );
}
