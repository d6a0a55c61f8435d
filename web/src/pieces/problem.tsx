/** Says what went wrong with loading something, and offers to try again. */
import { Alert, Button } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import type { ReactElement } from "react";
import { ApiError } from "../api/request.ts";

function titleOf(error: Error): string {
  if (!(error instanceof ApiError)) return "The server cannot be reached";
  if (error.status === 401) return "You are signed out";
  if (error.status === 403) return "You may not see this";
  if (error.status === 404) return "This does not exist";
  return "This could not be loaded";
}

export function Problem({ error, retry }: { error: Error; retry?: () => void }): ReactElement {
  return (
    <Alert
      className="problem"
      color="red"
      variant="outline"
      title={titleOf(error)}
      icon={<TriangleAlert size={18} aria-hidden />}
      role="alert"
    >
      <p className="problem-text">{error.message}</p>
      {retry ? (
        <Button size="xs" variant="default" onClick={retry}>
          Try again
        </Button>
      ) : null}
    </Alert>
  );
}
