/** The chosen namespace: from the address (`?ns=`), else the last choice of this user, else the first of their own. */
import { useQuery } from "@tanstack/react-query";
import { createContext, use, useEffect, useMemo, type ReactElement, type ReactNode } from "react";
import { useSearchParams } from "react-router";
import { envInfoQuery, type EnvInfo } from "../api/queries.ts";

export interface NamespaceChoice {
  readonly info: EnvInfo | undefined;
  readonly error: Error | null;
  readonly namespace: string | undefined;
  choose(namespace: string): void;
}

const Context = createContext<NamespaceChoice>({ info: undefined, error: null, namespace: undefined, choose: () => undefined });

// The key that kubeflow/dashboard uses, so that a choice survives a change of dashboards.
const keyOf = (user: string): string => `/centraldashboard/selectedNamespace/.${user}`;

export function NamespaceProvider({ children }: { children: ReactNode }): ReactElement {
  const { data: info, error } = useQuery(envInfoQuery);
  const [parameters, setParameters] = useSearchParams();
  const asked = parameters.get("ns");
  const choice = useMemo((): NamespaceChoice => {
    const names = info?.namespaces.map(({ namespace }) => namespace) ?? [];
    const stored = info ? localStorage.getItem(keyOf(info.user)) : null;
    const known = [asked, stored].find((name) => name !== null && (names.includes(name) || info?.isClusterAdmin));
    const choose = (namespace: string): void => {
      if (info) localStorage.setItem(keyOf(info.user), namespace);
      setParameters((previous) => {
        const next = new URLSearchParams(previous);
        next.set("ns", namespace);
        return next;
      });
    };
    return { info, error, namespace: known ?? names[0], choose };
  }, [info, error, asked, setParameters]);

  useEffect(() => {
    if (info && asked && choice.namespace === asked) localStorage.setItem(keyOf(info.user), asked);
  }, [info, asked, choice.namespace]);
  return <Context value={choice}>{children}</Context>;
}

export function useNamespace(): NamespaceChoice {
  return use(Context);
}
