/** The statuses of a pod's containers while the runtime works on them. */
import type { Container, ContainerState, ContainerStatus } from "../../api/index.ts";

export interface ContainerStatuses {
  readonly list: readonly ContainerStatus[];
  get(name: string): ContainerStatus;
  /** Changes one container's state; `ready` and `started` follow from it. */
  setState(
    name: string,
    state: ContainerState,
    more?: Partial<Pick<ContainerStatus, "restartCount" | "lastState" | "containerID" | "imageID">>,
  ): void;
}

/** Statuses for `containers`, all waiting; what `known` says about a container is kept. */
export function createContainerStatuses(
  containers: readonly Container[],
  known: readonly ContainerStatus[],
  reason: string,
  init: boolean,
): ContainerStatuses {
  const list: ContainerStatus[] = containers.map(
    ({ name, image }) =>
      known.find((status) => status.name === name) ?? {
        name,
        image,
        imageID: "",
        ready: false,
        started: false,
        restartCount: 0,
        state: { waiting: { reason } },
      },
  );
  const get = (name: string): ContainerStatus => {
    const status = list.find((candidate) => candidate.name === name);
    if (!status) throw new Error(`no container ${name}`);
    return status;
  };
  return {
    list,
    get,
    setState: (name, state, more = {}) => {
      const status = get(name);
      const running = state.running !== undefined;
      Object.assign(status, more, { state, started: running, ready: init ? state.terminated?.exitCode === 0 : running });
    },
  };
}
