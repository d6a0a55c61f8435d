// Builds before `npm start` when a source is newer than the last build. Plain JavaScript: it runs before anything is built.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const newestIn = (folder) => {
  let newest = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) newest = Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
  }
  return newest;
};
const ageOf = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

const stale = [];
if (newestIn("src") > ageOf("dist/.tsbuildinfo")) stale.push("build:server");
if (newestIn("web/src") > ageOf("dist/web/index.html")) stale.push("build:web");
for (const script of stale) {
  console.log(`Building (npm run ${script}) …`);
  const { status } = spawnSync("npm", ["run", "--silent", script], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
