// Other dialects send HTML; here it is read as plain text. Nothing of it is ever put into the page.

const BLOCKS = new Set(["P", "DIV", "LI", "TR", "H1", "H2", "H3", "H4", "BLOCKQUOTE", "PRE", "BR"]);
const UNREAD = new Set(["SCRIPT", "STYLE", "HEAD", "TITLE", "TEMPLATE"]);

export function plainText(html: string): string {
  // A parsed document has no window: scripts do not run and pictures are not fetched.
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const out: string[] = [];
  read(parsed.body, out);
  return out.join("").replace(/\n{3,}/g, "\n\n").trim();
}

function read(node: Node, out: string[]): void {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) out.push((child.textContent ?? "").replace(/\s+/g, " "));
    else if (!UNREAD.has(child.nodeName)) {
      if (child.nodeName === "IMG") out.push((child as Element).getAttribute("alt") ?? "");
      read(child, out);
      if (BLOCKS.has(child.nodeName)) out.push("\n");
    }
  }
}
