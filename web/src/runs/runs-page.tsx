/** The runs of the chosen namespace; also the start page. */
import type { ReactElement } from "react";
import { PageHead } from "../pieces/page-head.tsx";
import { Problem } from "../pieces/problem.tsx";
import { useNamespace } from "../shell/namespace.tsx";
import { FirstRun } from "./first-run.tsx";
import { RunList } from "./run-list.tsx";

export function RunsPage(): ReactElement {
  const { info, error, namespace } = useNamespace();
  return (
    <div className="page">
      <PageHead title="Runs" above={namespace ? <span>{namespace}</span> : undefined} />
      {error && !info ? <Problem error={error} /> : null}
      {info && !namespace ? (
        <section className="surface first-run">
          <h2>You have no namespace yet</h2>
          <p>
            Everything in Skiff lives in a namespace. Ask an administrator for a Profile that names <strong>{info.user}</strong> as its
            owner, or to be added to somebody else’s.
          </p>
        </section>
      ) : null}
      {namespace ? <RunList key={namespace} of={{ namespace }} empty={<FirstRun />} /> : null}
    </div>
  );
}
