/** One artifact: what it is, its metadata, a preview of text, a way to download it. */
import { Badge, Button, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Download, Eye } from "lucide-react";
import { useState, type ReactElement, type ReactNode } from "react";
import type { Artifact } from "../../../src/api/pipelines.ts";
import { artifactContentUrl, folderQuery } from "../api/queries.ts";
import { CopyIcon } from "../pieces/copyable.tsx";
import { KeyValues } from "../pieces/key-values.tsx";
import { readPreview, sizeText } from "./artifact-preview.ts";

function Preview({ artifact }: { artifact: Artifact }): ReactElement {
  const { data, error, isPending } = useQuery({
    queryKey: ["preview", artifact.artifact_id],
    queryFn: ({ signal }) => readPreview(artifactContentUrl(artifact.artifact_id), signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (isPending) return <Loader size="sm" aria-label="Loading the preview" />;
  if (error) return <p className="muted">{error.message}</p>;
  if (data.text === undefined) return <p className="muted">This content is not text; download it to look at it.</p>;
  return (
    <>
      <pre className="preview" tabIndex={0} role="region" aria-label={`Content of ${artifact.name}`}>
        {data.text}
      </pre>
      {data.truncated ? <p className="muted">Only the beginning is shown.</p> : null}
    </>
  );
}

function Folder({ artifact }: { artifact: Artifact }): ReactElement {
  const { data, error, isPending } = useQuery(folderQuery(artifact.artifact_id));
  if (isPending) return <Loader size="sm" aria-label="Loading the files" />;
  if (error) return <p className="muted">{error.message}</p>;
  return (
    <ul className="folder">
      {data.map(({ name, size, directory }) => (
        <li key={name}>
          {directory ? (
            `${name}/`
          ) : (
            <a href={artifactContentUrl(artifact.artifact_id, name)} download={name}>
              {name}
            </a>
          )}
          {directory ? null : <span className="muted numbers"> {sizeText(Number(size))}</span>}
        </li>
      ))}
    </ul>
  );
}

export interface ArtifactCardProps {
  readonly artifact: Artifact;
  /** The level of the heading below the one that stands above the card. */
  readonly heading: "h3" | "h4";
  readonly below?: ReactNode;
}

export function ArtifactCard({ artifact, heading: Heading, below }: ArtifactCardProps): ReactElement {
  const [open, setOpen] = useState(false);
  const metadata = Object.entries(artifact.metadata ?? {}).filter(([key]) => key !== "display_name");
  const size = Number(artifact.size ?? 0);
  const isMetrics = artifact.type.endsWith(".Metrics");
  return (
    <div className="artifact" role="group" aria-label={`Artifact ${artifact.name}`}>
      <div className="artifact-head">
        <Heading>{artifact.name}</Heading>
        <Badge variant="default" radius="sm" tt="none">
          {artifact.type}
        </Badge>
        {size > 0 || artifact.directory ? <span className="muted numbers">{artifact.directory ? "folder" : sizeText(size)}</span> : null}
      </div>
      {metadata.length > 0 ? (
        <KeyValues
          values={Object.fromEntries(metadata)}
          caption={isMetrics ? `Metrics ${artifact.name}` : `Metadata of ${artifact.name}`}
        />
      ) : null}
      {below}
      <div className="artifact-uri">
        <code>{artifact.uri}</code>
        <CopyIcon value={artifact.uri} label="Copy the URI" />
      </div>
      <div className="artifact-actions">
        {size > 0 || artifact.directory ? (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<Eye size={14} aria-hidden />}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {open ? "Hide content" : artifact.directory ? "Show files" : "Show content"}
          </Button>
        ) : isMetrics ? null : (
          <span className="muted">No content was written.</span>
        )}
        {size > 0 && !artifact.directory ? (
          <Button
            component="a"
            size="compact-sm"
            variant="default"
            leftSection={<Download size={14} aria-hidden />}
            href={artifactContentUrl(artifact.artifact_id)}
            download={artifact.name}
          >
            Download
          </Button>
        ) : null}
      </div>
      {open ? artifact.directory ? <Folder artifact={artifact} /> : <Preview artifact={artifact} /> : null}
    </div>
  );
}
