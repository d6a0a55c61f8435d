/**
 * Every kubectl command that does not do here what it does on a real cluster, with the reason. The suite runs each of them,
 * and `docs/reference/kubectl.md` is this list.
 */
export interface Difference {
  readonly command: string;
  /** What it prints here. */
  readonly prints: RegExp;
  readonly exitCode: number;
  readonly here: string;
  readonly reason: string;
}

/** In the namespace of a test, where a Pod `p` and a Deployment `d` exist that never become ready. */
export const DIFFERENCES: readonly Difference[] = [
  {
    command: "get nodes",
    prints: /^skiff +Ready /m,
    exitCode: 0,
    here: "Lists one node, this machine; cordon and taint mark it, but keep no pod away.",
    reason: "Pods are processes of the machine that Skiff runs on: there is no other place for them.",
  },
  {
    command: "exec p -- true",
    prints: /could not find the requested resource/,
    exitCode: 1,
    here: "exec, attach, cp and port-forward are refused.",
    reason: "They need connections into a running sandbox, which come with the pod runtime's next part.",
  },
  {
    command: "top pods",
    prints: /^error: Metrics API not available$/m,
    exitCode: 1,
    here: "Refused, as on a cluster without metrics-server.",
    reason: "No part of Skiff measures pods yet.",
  },
  {
    command: "get certificatesigningrequests",
    prints: /the server doesn't have a resource type "certificatesigningrequests"/,
    exitCode: 1,
    here: "certificates.k8s.io, flowcontrol.apiserver.k8s.io, apiregistration.k8s.io and componentstatuses are absent.",
    reason:
      "They run a cluster's control plane, and Skiff is one process: its authority signs for itself, and there is nothing to aggregate.",
  },
  {
    command: "explain pod.spec.nodeName",
    prints: /FIELD: nodeName <string>\n/,
    exitCode: 0,
    here: "Shows every field with its type and whether it is required; most descriptions are empty.",
    reason: "The texts of the Kubernetes project are not copied.",
  },
  {
    command: "version",
    prints: /Server Version: v1\.\d+\.\d+\+skiff/,
    exitCode: 0,
    here: "The server's version ends with +skiff.",
    reason: "It says which release's API is spoken, and by whom.",
  },
  {
    command: "get --raw /metrics",
    prints: /NotFound/,
    exitCode: 1,
    here: "The API server's own metrics are absent.",
    reason: "They come with monitoring.",
  },
];

/** The list as a page. */
export function renderDifferences(): string {
  const rows = DIFFERENCES.map(({ command, here, reason }) => `| \`kubectl ${command}\` | ${here} | ${reason} |`);
  return [
    "# kubectl on Skiff",
    "",
    "<!-- Written by tools/reference.ts from test/clients/differences.ts. -->",
    "",
    "kubectl 1.29 and newer works unchanged: `export KUBECONFIG=DATA-DIRECTORY/kubeconfig`. Older ones ask for OpenAPI v2 with all",
    "fields, which Skiff does not serve. `test/clients/kubectl-*.test.ts` runs the commands with every version at hand; these differ",
    "from a real cluster:",
    "",
    "| command | here | why |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}
