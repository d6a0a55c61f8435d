/** The thread that computes bcrypt: bcryptjs would hold the event loop for a tenth of a second at a time. */
import { parentPort } from "node:worker_threads";
import { compareSync, hashSync } from "bcryptjs";

export type PasswordTask =
  | { readonly id: number; readonly kind: "compare"; readonly password: string; readonly hash: string }
  | { readonly id: number; readonly kind: "hash"; readonly password: string; readonly cost: number };

export type PasswordResult = { readonly id: number; readonly value: boolean | string };

const port = parentPort;
port?.on("message", (task: PasswordTask) => {
  const value = task.kind === "compare" ? compareSync(task.password, task.hash) : hashSync(task.password, task.cost);
  port.postMessage({ id: task.id, value } satisfies PasswordResult);
});
