/** Asks before it stops a run. */
import { Button, Group, Modal } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { OctagonX } from "lucide-react";
import { useState, type ReactElement } from "react";
import type { Run } from "../../../src/api/pipelines.ts";
import { terminateRun } from "../api/queries.ts";
import { Problem } from "../pieces/problem.tsx";

export function TerminateButton({ run }: { run: Run }): ReactElement {
  const [asking, setAsking] = useState(false);
  const terminate = useMutation({ mutationFn: () => terminateRun(run.run_id), onSuccess: () => setAsking(false) });
  return (
    <>
      <Button
        variant="default"
        leftSection={<OctagonX size={16} aria-hidden />}
        disabled={run.state === "CANCELING"}
        onClick={() => {
          terminate.reset();
          setAsking(true);
        }}
      >
        {run.state === "CANCELING" ? "Terminating…" : "Terminate"}
      </Button>
      <Modal.Root opened={asking} onClose={() => setAsking(false)} centered>
        <Modal.Overlay />
        <Modal.Content>
          <Modal.Body p="lg">
            <Modal.Title className="dialog-title">Terminate this run?</Modal.Title>
            <p className="problem-text">
              Its running tasks are stopped and what they have not yet written is lost. A terminated run cannot be continued; it ends as
              Failed.
            </p>
            {terminate.error ? <Problem error={terminate.error} /> : null}
            <Group justify="flex-end" mt="md">
              <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
                Keep it running
              </Button>
              <Button color="red.9" loading={terminate.isPending} onClick={() => terminate.mutate()}>
                Terminate run
              </Button>
            </Group>
          </Modal.Body>
        </Modal.Content>
      </Modal.Root>
    </>
  );
}
