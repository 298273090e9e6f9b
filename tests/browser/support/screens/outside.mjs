// What sticks out of the screen or is cut off without a sign of it.

/** In the page: words for each element that does. @returns {string[]} */
export function outside() {
  const found = [];
  const told = (element, why) => found.push(`${why}: ${element.outerHTML.replace(/\s+/g, " ").slice(0, 120)}`);
  const page = document.scrollingElement;
  if (page && page.scrollWidth > innerWidth) told(page, `the page is ${page.scrollWidth} wide`);
  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest("svg, .visually-hidden, .tray, audio, video, progress") || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) continue;
    if (box.left < -1 || box.right > innerWidth + 1) told(element, `from ${Math.round(box.left)} to ${Math.round(box.right)}`);
    const style = getComputedStyle(element);
    const cuts = style.overflowX === "hidden" || style.overflowX === "clip";
    if (cuts && element.scrollWidth > element.clientWidth + 1 && style.textOverflow !== "ellipsis" && !element.matches("textarea, input, .dialog, .list")) told(element, `${element.scrollWidth - element.clientWidth} pixels are cut off`);
    // Words that are wider than what they stand in run over its edge.
    if (element.matches("button, a, .button, .badge, .tab, label") && element.scrollWidth > element.clientWidth + 1 && style.display !== "inline") told(element, `its words are ${element.scrollWidth - element.clientWidth} pixels too wide`);
  }
  return found;
}
