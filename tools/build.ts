/**
 * `npm run build`: what is published. The program is compiled from `src` into `dist`, the live page into
 * `dist/web`; then the list of files that npm would pack is looked at, since a package must hold neither sources,
 * nor tests, nor the Node that development brings along.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
const packed = /^(dist\/.+|package\.json|LICENSE|README\.md)$/;
const never = /\.test\.js$|\.ts$|node_modules/;

function run(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed\n${stdout}${stderr}`);
  return stdout;
}

function compile(): void {
  run(join(root, "node_modules/.bin/tsc"), "--project", "tsconfig.build.json");
  chmodSync(join(dist, "main.js"), 0o755);
}

function buildPage(): void {
  if (!existsSync(join(root, "web", "vite.config.ts"))) return;
  run(join(root, "node_modules/.bin/vite"), "build", "--config", "web/vite.config.ts", "--logLevel", "warn");
}

interface PackReport {
  readonly files: readonly { readonly path: string }[];
}

function packedFiles(): string[] {
  const report: unknown = JSON.parse(run("npm", "pack", "--dry-run", "--json", "--ignore-scripts", "--loglevel=error"));
  const packages = Object.values(report as Record<string, PackReport>);
  return packages.flatMap(({ files }) => files.map(({ path }) => path));
}

/** What is wrong with the package, in words; empty when it may be published. */
function checkPackage(paths: readonly string[]): string[] {
  const strangers = paths.filter((path) => !packed.test(path) || never.test(path));
  const first = readFileSync(join(dist, "main.js"), "utf8").split("\n")[0];
  return [
    ...strangers.map((path) => `${path} does not belong in the package`),
    ...(first === "#!/usr/bin/env node" ? [] : ["dist/main.js does not start with #!/usr/bin/env node"]),
    ...(paths.includes("LICENSE") ? [] : ["LICENSE is missing"]),
  ];
}

rmSync(dist, { recursive: true, force: true });
compile();
buildPage();
const paths = packedFiles();
const faults = checkPackage(paths);
for (const fault of faults) console.error(fault);
if (faults.length === 0) console.log(`dist/ holds ${paths.length} files, ready to be packed`);
process.exitCode = faults.length === 0 ? 0 : 1;
