// The shapes of pictures that were seen: drawn again, they take up their room at once, and the list does not move.

interface Shape {
  width: number;
  height: number;
}

interface File {
  /** Not yet known of what is on its way. */
  id?: string;
  name: string;
  size: number;
}

const SHAPES = new Map<string, Shape>();

/** Pixels that a picture has in the list. */
const WIDEST = 440;
const HIGHEST = 340;
const NARROWEST = 160;

/** One's own picture is known by its name and size until the server has given it an id. */
export function shapeOf(file: File): Shape | undefined {
  return (file.id === undefined ? undefined : SHAPES.get(file.id)) ?? SHAPES.get(`${file.name} ${file.size}`);
}

/** Remembers the shape of a picture that has loaded. */
export function learn(element: HTMLImageElement, file: File): Shape | undefined {
  if (element.naturalHeight === 0) return undefined;
  const shape = { width: element.naturalWidth, height: element.naturalHeight };
  SHAPES.set(file.id ?? `${file.name} ${file.size}`, shape);
  return shape;
}

/** Makes it as large as it may be; the words below it keep to its width. */
export function fit(element: HTMLImageElement | null, shape: Shape | undefined): void {
  if (element === null || shape === undefined) return;
  const scale = Math.min(1, WIDEST / shape.width, HIGHEST / shape.height);
  const width = Math.max(NARROWEST, Math.round(shape.width * scale));
  element.style.width = `${width}px`;
  element.style.aspectRatio = String(Math.max(shape.width / shape.height, width / HIGHEST));
  // The bubble has 4 pixels beside the picture.
  element.closest<HTMLElement>(".bubble")?.style.setProperty("--widest", `${width + 8}px`);
}
