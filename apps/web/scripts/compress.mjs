// Writes FILE.br and FILE.gz beside every file of dist that gets smaller by it, and says how much the first load weighs.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const DIST = new URL("../dist", import.meta.url).pathname;
const COMPRESSIBLE = /\.(?:html|js|css|svg|webmanifest|json|txt)$/;
/** What the budget of the project allows for the first load, compressed. */
const BUDGET = 150 * 1024;

const sizes = new Map();
for (const path of files(DIST)) {
  if (!COMPRESSIBLE.test(path)) continue;
  const bytes = readFileSync(path);
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  const gzip = gzipSync(bytes, { level: 9 });
  if (brotli.length < bytes.length) writeFileSync(`${path}.br`, brotli);
  if (gzip.length < bytes.length) writeFileSync(`${path}.gz`, gzip);
  sizes.set(path.slice(DIST.length + 1), { plain: bytes.length, brotli: brotli.length, gzip: gzip.length });
}

// The page, its script, its style and the largest language.
const first = ["index.html", ...[...sizes.keys()].filter((name) => /^assets\/(?:index|style)-/.test(name))];
const languages = [...sizes].filter(([name]) => /^assets\/(?:en|ru|zh)-/.test(name)).map(([, size]) => size);
const total = (kind) => first.reduce((sum, name) => sum + sizes.get(name)[kind], 0) + Math.max(0, ...languages.map((size) => size[kind]));
console.log(`first load: ${kib(total("brotli"))} KiB brotli, ${kib(total("gzip"))} KiB gzip, ${kib(total("plain"))} KiB plain`);
if (total("gzip") > BUDGET) {
  console.error(`the first load is above its budget of ${kib(BUDGET)} KiB`);
  process.exit(1);
}

function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

function kib(bytes) {
  return (bytes / 1024).toFixed(1);
}
