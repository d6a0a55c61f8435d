/** What the pages read, as query options with their cache keys. */
import { queryOptions, type UseQueryOptions } from "@tanstack/react-query";
import type { Artifact, Experiment, Run } from "../../../src/api/pipelines.ts";
import { envInfoPath, getJson, pipelinesUrl, send } from "./request.ts";
import { isFinal } from "./run-state.ts";

export interface EnvInfo {
  readonly user: string;
  readonly namespaces: readonly { namespace: string; role: "owner" | "contributor" | "viewer" }[];
  readonly isClusterAdmin: boolean;
}

export interface RunList {
  readonly runs?: Run[];
  readonly total_size?: number;
  readonly next_page_token?: string;
}

type Query<T> = UseQueryOptions<T, Error, T, readonly string[]>;

export const envInfoQuery: Query<EnvInfo> = queryOptions({
  queryKey: ["env-info"] as readonly string[],
  queryFn: ({ signal }) => getJson<EnvInfo>(envInfoPath, signal),
  staleTime: 60_000,
});

/** One page of runs, newest first. The list has no event stream: it is read again while a run is active. */
export function runsQuery(of: { namespace?: string; experimentId?: string }, pageToken: string): Query<RunList> {
  const parameters = {
    namespace: of.experimentId ? undefined : of.namespace,
    experiment_id: of.experimentId,
    page_size: "50",
    sort_by: "created_at desc",
    page_token: pageToken || undefined,
  };
  return {
    queryKey: ["runs", of.namespace ?? "", of.experimentId ?? "", pageToken],
    queryFn: ({ signal }) => getJson<RunList>(pipelinesUrl(["runs"], parameters), signal),
    refetchInterval: ({ state }) => (state.data?.runs?.some((run) => !isFinal(run.state)) ? 3_000 : 30_000),
  };
}

export function experimentQuery(id: string): Query<Experiment> {
  return {
    queryKey: ["experiment", id],
    queryFn: ({ signal }) => getJson<Experiment>(pipelinesUrl(["experiments", id]), signal),
    staleTime: 300_000,
  };
}

/** A run's artifacts; `version` changes whenever a task ended, so that new outputs are read. */
export function artifactsQuery(runId: string, version: string): Query<readonly Artifact[]> {
  return {
    queryKey: ["artifacts", runId, version],
    queryFn: async ({ signal }) =>
      (await getJson<{ artifacts?: Artifact[] }>(pipelinesUrl(["runs", runId, "artifacts"]), signal)).artifacts ?? [],
    placeholderData: (previous) => previous,
  };
}

/** Where the content of an artifact is; `path` names a file inside a folder. */
export function artifactContentUrl(artifactId: string, path?: string): string {
  return pipelinesUrl(["artifacts", artifactId, "content"], { path });
}

export interface FolderEntry {
  readonly name: string;
  /** Bytes, as text. */
  readonly size: string;
  readonly directory: boolean;
}

export function folderQuery(artifactId: string): Query<readonly FolderEntry[]> {
  return {
    queryKey: ["folder", artifactId],
    queryFn: async ({ signal }) => (await getJson<{ files?: FolderEntry[] }>(artifactContentUrl(artifactId), signal)).files ?? [],
  };
}

export async function terminateRun(runId: string): Promise<void> {
  await send(`${pipelinesUrl(["runs", runId])}:terminate`, { method: "POST" });
}
