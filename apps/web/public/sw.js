// The service worker: the shell of the page, so that it opens without the server. Hashed files never change and come from the cache;
// the page itself comes from the server when it answers. Messages, uploads and media are never kept here.
const CACHE = "koine-shell-1";

self.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/") || url.pathname.startsWith("/icons/") || url.pathname === "/manifest.webmanifest") event.respondWith(cacheFirst(request));
  else if (request.mode === "navigate" && url.pathname === "/") event.respondWith(page(request));
});

/** The page and every file that it names, and the files that those fetch later: the languages. */
async function keepShell() {
  const cache = await caches.open(CACHE);
  const answer = await fetch("/", { cache: "no-cache" });
  if (!answer.ok) return;
  await keepPage(cache, answer);
}

async function keepPage(cache, answer) {
  const text = await answer.clone().text();
  const named = new Set([...text.matchAll(/(?:src|href)="(\/(?:assets|icons)\/[^"]+)"/g)].map((match) => match[1]));
  for (const path of [...named].filter((one) => one.endsWith(".js"))) {
    const script = await (await fetch(path)).text();
    for (const match of script.matchAll(/"\.\/([\w-]+\.js)"/g)) named.add(`/assets/${match[1]}`);
  }
  await cache.addAll(["/manifest.webmanifest", ...named]);
  await cache.put("/", answer);
  const wanted = new Set(["/", "/manifest.webmanifest", ...named]);
  for (const kept of await cache.keys()) {
    const { pathname } = new URL(kept.url);
    if (!wanted.has(pathname) && !pathname.startsWith("/icons/")) await cache.delete(kept);
  }
}

async function cacheFirst(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

async function page(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) {
      const copy = answer.clone();
      caches.open(CACHE).then((cache) => keepPage(cache, copy)).catch(() => undefined);
    }
    return answer;
  } catch (cause) {
    const kept = await caches.match("/", { ignoreVary: true });
    if (kept) return kept;
    throw cause;
  }
}
