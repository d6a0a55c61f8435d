/** What the run made, metrics first: the answer that most people open a run for. */
import { Anchor, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";
import type { Artifact, Run } from "../../../src/api/pipelines.ts";
import { artifactsQuery } from "../api/queries.ts";
import { isFinal } from "../api/run-state.ts";
import { ArtifactCard } from "./artifact-card.tsx";

const FEW = 6;

const rank = (artifact: Artifact): number => (artifact.type.endsWith("Metrics") ? 0 : 1);

export function RunArtifacts({ run, onSelect }: { run: Run; onSelect: (taskId: string) => void }): ReactElement | null {
  const [all, setAll] = useState(false);
  const tasks = run.run_details?.task_details ?? [];
  const ended = tasks.filter(({ state }) => isFinal(state)).length;
  const { data: artifacts = [] } = useQuery(artifactsQuery(run.run_id, String(ended)));
  if (artifacts.length === 0) return null;
  const names = new Map(tasks.map((task) => [task.task_id, task.display_name]));
  const sorted = [...artifacts].sort((a, b) => rank(a) - rank(b));
  return (
    <section aria-labelledby="artifacts-title">
      <h2 id="artifacts-title">Artifacts</h2>
      <div className="artifact-grid">
        {(all ? sorted : sorted.slice(0, FEW)).map((artifact) => (
          <ArtifactCard
            key={artifact.artifact_id}
            artifact={artifact}
            heading="h3"
            below={
              names.has(artifact.task_id) ? (
                <p className="muted artifact-from">
                  Made by{" "}
                  <Anchor component="button" type="button" fz="inherit" onClick={() => onSelect(artifact.task_id)}>
                    {names.get(artifact.task_id)}
                  </Anchor>
                </p>
              ) : null
            }
          />
        ))}
      </div>
      {!all && sorted.length > FEW ? (
        <Button variant="default" size="sm" mt="sm" onClick={() => setAll(true)}>
          Show all {sorted.length}
        </Button>
      ) : null}
    </section>
  );
}
