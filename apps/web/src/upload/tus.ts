// Uploads by tus 1.0: made once, gone on with where they stopped, however often the connection breaks.

export interface Source {
  blob: Blob;
  name: string;
  type: string;
}

export interface Progress {
  /** Where the upload is, so that another visit can go on with it. */
  onLocation: (location: string) => void;
  onBytes: (sent: number) => void;
}

/** The server said no; `status` is HTTP's. */
export class UploadRefused extends Error {
  override readonly name = "UploadRefused";

  constructor(readonly status: number) {
    super(`the upload was refused with ${status}`);
  }
}

/** Small enough that progress is seen and little is repeated, large enough that requests do not matter. */
const PIECE = 4 * 1024 * 1024;

/** Milliseconds. The server answers a piece when all of it is on its disk. */
const STALLED = 30_000;

/**
 * Sends `source`, beginning or going on at `location`, and answers the upload's id.
 * Throws `UploadRefused`, or a `TypeError` when the network is away: then it may be called again with the location.
 */
export async function upload(token: string, source: Source, location: string | undefined, progress: Progress, signal: AbortSignal): Promise<string> {
  let place = location;
  let offset = place === undefined ? undefined : await offsetOf(token, place, signal);
  if (place === undefined || offset === undefined) {
    place = await create(token, source, signal);
    offset = 0;
    progress.onLocation(place);
  }
  while (offset < source.blob.size) {
    progress.onBytes(offset);
    offset = await piece(token, place, source.blob, offset, progress, signal);
  }
  progress.onBytes(source.blob.size);
  return idOf(place);
}

export async function forget(token: string, location: string): Promise<void> {
  await fetch(location, { method: "DELETE", headers: headers(token) }).catch(() => undefined);
}

export function idOf(location: string): string {
  return new URL(location, "http://origin").pathname.split("/").filter(Boolean).at(-1) ?? "";
}

function headers(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}`, "Tus-Resumable": "1.0.0" };
}

async function create(token: string, source: Source, signal: AbortSignal): Promise<string> {
  const metadata = [`filename ${base64(source.name || "file")}`, `filetype ${base64(source.type || "application/octet-stream")}`].join(",");
  const answer = await fetch("/api/uploads", {
    method: "POST",
    headers: { ...headers(token), "Upload-Length": String(source.blob.size), "Upload-Metadata": metadata },
    signal,
  });
  const location = answer.headers.get("Location");
  if (!answer.ok || location === null) throw new UploadRefused(answer.status);
  return location;
}

/** How much is there, or undefined where the upload is not known any more. */
async function offsetOf(token: string, location: string, signal: AbortSignal): Promise<number | undefined> {
  const answer = await fetch(location, { method: "HEAD", headers: headers(token), signal });
  if (answer.status === 404 || answer.status === 410) return undefined;
  if (!answer.ok) throw new UploadRefused(answer.status);
  return Number(answer.headers.get("Upload-Offset") ?? 0);
}

/** XMLHttpRequest, since fetch does not tell how much of a body has gone out. */
function piece(token: string, location: string, blob: Blob, offset: number, progress: Progress, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PATCH", location);
    for (const [name, value] of Object.entries(headers(token))) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "application/offset+octet-stream");
    request.setRequestHeader("Upload-Offset", String(offset));
    // A connection that is dead says nothing: no byte and no answer for so long means that the network is away.
    let stalled: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => {
        reject(new TypeError("the upload stands still"));
        request.abort();
      }, STALLED);
    };
    heard();
    request.onloadend = () => clearTimeout(stalled);
    request.upload.onprogress = (event) => {
      heard();
      progress.onBytes(offset + event.loaded);
    };
    request.onerror = () => reject(new TypeError("the network is away"));
    request.onabort = () => reject(new DOMException("the upload was given up", "AbortError"));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        resolve(Number(request.getResponseHeader("Upload-Offset") ?? Math.min(blob.size, offset + PIECE)));
      } else reject(new UploadRefused(request.status));
    };
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(blob.slice(offset, offset + PIECE));
  });
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
