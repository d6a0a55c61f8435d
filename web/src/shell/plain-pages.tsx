/** Pages without data of their own. */
import { Button } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import { Link, useRouteError } from "react-router";
import { PageHead } from "../pieces/page-head.tsx";

function Plain({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <div className="page page-narrow">
      <PageHead title={title} />
      {children}
      <Button component={Link} to="/runs" variant="default" mt="md">
        Go to the runs
      </Button>
    </div>
  );
}

export function NotYetPage({ what }: { what: string }): ReactElement {
  return (
    <Plain title="Not in this version yet">
      <p>
        {what} cannot be shown in this version of the dashboard. The API behind this link may know more: the <code>kfp</code> client can ask
        it.
      </p>
    </Plain>
  );
}

export function NotFoundPage(): ReactElement {
  return (
    <Plain title="There is no such page">
      <p>The address does not lead to a page of Skiff.</p>
    </Plain>
  );
}

export function CrashedPage(): ReactElement {
  const error = useRouteError();
  return (
    <main className="page page-narrow">
      <h1>This page stopped working</h1>
      <p>{error instanceof Error ? error.message : "An unknown error happened."}</p>
      <Button onClick={() => location.reload()} variant="default">
        Load the page again
      </Button>
    </main>
  );
}
