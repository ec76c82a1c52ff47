// The widget with a gateway in memory: builds, serves, and builds again when a source changes.
import { execFile } from "node:child_process";
import { watch } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runnerImport } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const build = () => promisify(execFile)("node", [`${root}scripts/build.mjs`]).then(({ stdout }) => console.log(stdout.trim()), (error) => console.error(error.stderr || error));

await build();
const { module } = await runnerImport(`${root}dev/start.ts`, { root, configFile: false });
const running = await module.start(`${root}dist`, { gateway: Number(process.env.PORT ?? 8184), site: 0 });
console.log(`
  the demo shop   ${running.site}/demo/
  a strict site   ${running.site}/?options=${encodeURIComponent(JSON.stringify({ site: running.account }))}
  a page alone    ${running.gateway}/webchat/${running.account}/page
  the operator    ${running.gateway}/dev/operator
`);

let timer;
watch(`${root}src`, { recursive: true }, () => {
  clearTimeout(timer);
  timer = setTimeout(build, 200);
});
