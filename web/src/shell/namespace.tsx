/** The chosen namespace: from the address (`?ns=`), else the last choice of this user, else the first of their own. */
import { useQuery } from "@tanstack/react-query";
import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactElement, type ReactNode } from "react";
import { useSearchParams } from "react-router";
import { envInfoQuery, type EnvInfo } from "../api/queries.ts";

export interface NamespaceChoice {
  readonly info: EnvInfo | undefined;
  readonly error: Error | null;
  readonly namespace: string | undefined;
  /** Goes to a namespace: changes the address. */
  readonly choose: (namespace: string) => void;
  /** Makes the namespace of what is shown the chosen one; the address stays. */
  readonly adopt: (namespace: string) => void;
}

const Context = createContext<NamespaceChoice>({
  info: undefined,
  error: null,
  namespace: undefined,
  choose: () => undefined,
  adopt: () => undefined,
});

// The key that kubeflow/dashboard uses, so that a choice survives a change of dashboards.
const keyOf = (user: string): string => `/centraldashboard/selectedNamespace/.${user}`;

export function NamespaceProvider({ children }: { children: ReactNode }): ReactElement {
  const { data: info, error } = useQuery(envInfoQuery);
  const [parameters, setParameters] = useSearchParams();
  const [adopted, setAdopted] = useState<string>();
  const asked = parameters.get("ns");
  const user = info?.user;

  const adopt = useCallback(
    (namespace: string): void => {
      if (user) localStorage.setItem(keyOf(user), namespace);
      setAdopted(namespace);
    },
    [user],
  );
  const choice = useMemo((): NamespaceChoice => {
    const names = info?.namespaces.map(({ namespace }) => namespace) ?? [];
    const stored = info ? localStorage.getItem(keyOf(info.user)) : null;
    const isKnown = (name: string | null | undefined): boolean => !!name && (names.includes(name) || info?.isClusterAdmin === true);
    const namespace = [asked, adopted, stored].find(isKnown) ?? names[0];
    const choose = (chosen: string): void => {
      adopt(chosen);
      setParameters((previous) => {
        const next = new URLSearchParams(previous);
        next.set("ns", chosen);
        return next;
      });
    };
    return { info, error, namespace, choose, adopt };
  }, [info, error, asked, adopted, adopt, setParameters]);

  useEffect(() => {
    if (asked && choice.namespace === asked && adopted !== asked) adopt(asked);
  }, [asked, adopted, adopt, choice.namespace]);
  return <Context value={choice}>{children}</Context>;
}

export function useNamespace(): NamespaceChoice {
  return use(Context);
}

/** For pages of one object: the shell shows the namespace in which the object lives. */
export function useNamespaceOf(namespace: string | undefined): void {
  const { adopt } = useNamespace();
  useEffect(() => {
    if (namespace) adopt(namespace);
  }, [namespace, adopt]);
}
