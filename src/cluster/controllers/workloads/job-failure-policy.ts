/** What a pod's failure means for its job. Follows kubernetes pkg/controller/job/pod_failure_policy.go. */
import type { JobSpec, Pod, PodFailurePolicyRule } from "../../../api/index.ts";

export interface FailureVerdict {
  readonly action: PodFailurePolicyRule["action"];
  /** Of FailJob. */
  readonly message?: string;
}

function matchedExit({ onExitCodes: wish }: PodFailurePolicyRule, { status }: Pod): { container: string; code: number } | undefined {
  if (!wish) return undefined;
  for (const { name, state } of [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]) {
    const code = state.terminated?.exitCode;
    if (code === undefined || code === 0 || (wish.containerName !== undefined && wish.containerName !== name)) continue;
    if (wish.values.includes(code) === (wish.operator === "In")) return { container: name, code };
  }
  return undefined;
}

/** The first rule that matches decides; a failure that none matches counts. */
export function judgeFailure(pod: Pod, policy: JobSpec["podFailurePolicy"]): FailureVerdict {
  const name = `${pod.metadata.namespace ?? ""}/${pod.metadata.name}`;
  for (const [index, rule] of (policy?.rules ?? []).entries()) {
    const exit = matchedExit(rule, pod);
    if (exit) {
      const message = `Container ${exit.container} for pod ${name} failed with exit code ${exit.code} matching ${rule.action} rule at index ${index}`;
      return { action: rule.action, message };
    }
    const condition = rule.onPodConditions?.find(({ type, status = "True" }) =>
      pod.status?.conditions?.some((one) => one.type === type && one.status === status),
    );
    if (condition) {
      return { action: rule.action, message: `Pod ${name} has condition ${condition.type} matching ${rule.action} rule at index ${index}` };
    }
  }
  return { action: "Count" };
}
