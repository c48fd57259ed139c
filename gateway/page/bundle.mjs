// Bundles src/ into the files that the gateway has within it: node bundle.mjs OUTPUT
import {build} from "esbuild";
import {copyFile, mkdir} from "node:fs/promises";
import {join} from "node:path";

const output = process.argv[2] ?? "dist";
await mkdir(output, {recursive: true});
await build({
  // The latter two for tests alone.
  entryPoints: {page: "src/main.tsx", docs: "src/docs/main.tsx", rights: "src/rights.ts",
    macaroon: "src/macaroon.ts"},
  outdir: output,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "warning",
});
for (const name of ["index.html", "docs.html", "icon.svg"]) {
  await copyFile(join("src", name), join(output, name));
}
