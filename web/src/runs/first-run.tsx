/** The empty state of the runs: what to do next, with this host and namespace filled in. */
import type { ReactElement } from "react";
import { pipelinesHost } from "../api/request.ts";
import { CodeBlock } from "../pieces/copyable.tsx";
import { useNamespace } from "../shell/namespace.tsx";

/** A complete Python program: signs in with the password, then runs a one-step pipeline. */
export function firstRunCode(host: string, user: string, namespace: string): string {
  return `import getpass
import requests
import kfp
from kfp import dsl

host = ${JSON.stringify(host)}
session = requests.Session()
form = session.get(host)
session.post(form.url, data={"login": ${JSON.stringify(user)}, "password": getpass.getpass()})
cookies = "; ".join(f"{c.name}={c.value}" for c in session.cookies)

@dsl.component
def hello(name: str) -> str:
    print(f"Hello, {name}!")
    return f"Hello, {name}!"

@dsl.pipeline(name="first-run")
def first_run(name: str = "Skiff") -> None:
    hello(name=name)

client = kfp.Client(host=host, cookies=cookies, namespace=${JSON.stringify(namespace)})
client.create_run_from_pipeline_func(first_run, arguments={})
`;
}

export function FirstRun(): ReactElement {
  const { info, namespace } = useNamespace();
  const role = info?.namespaces.find((entry) => entry.namespace === namespace)?.role;
  if (role === "viewer") {
    return (
      <section className="surface first-run">
        <h2>No runs yet</h2>
        <p>
          There is no run in <strong>{namespace}</strong>. You are a viewer there: runs of others appear here, and to start your own you
          choose a namespace that you own or contribute to.
        </p>
      </section>
    );
  }
  return (
    <section className="surface first-run" aria-labelledby="first-run-title">
      <h2 id="first-run-title">Run your first pipeline</h2>
      <p>
        There is no run in <strong>{namespace}</strong> yet. Runs are made with the <code>kfp</code> client: install it, save the program
        below and start it. It asks for your password, and the run appears here.
      </p>
      <CodeBlock label="the install command" code="pip install kfp requests" />
      <CodeBlock label="the program" code={firstRunCode(pipelinesHost, info?.user ?? "", namespace ?? "")} />
    </section>
  );
}
