import type { Check } from "./finding.ts";

const NEEDED = [22, 18] as const;

/** Node is new enough, also where somebody started the built files directly. */
export const NODE: Check = {
  name: "node",
  run: () => {
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    const message = `Node ${process.versions.node}`;
    if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return Promise.resolve([{ state: "ok", message }]);
    const remedy = `Install Node ${NEEDED.join(".")} or newer, for example with: npm install node@24.`;
    return Promise.resolve([{ state: "fail", message: `${message} is too old`, remedy }]);
  },
};
