// Text: links, emoji, acts on messages, addresses of the page, names of devices.
import { expect, test } from "vitest";
import { deviceName } from "../src/lib/device";
import { bytes, onlyEmoji, sought, spans } from "../src/lib/text";
import { deleted, edited, reacted } from "../src/state/acts";
import { format, parse } from "../src/state/route";
import { idOf } from "../src/upload/tus";
import { message } from "./samples";

const links = (text: string) => spans(text).flatMap((span) => ("href" in span ? [span.href] : []));

test("links are found, without the sentence's punctuation", () => {
  expect(links("see https://a.example/x?y=1, and (http://b.example/a_(c)).")).toEqual(["https://a.example/x?y=1", "http://b.example/a_(c)"]);
  expect(links("www.example.org!")).toEqual(["https://www.example.org"]);
  expect(links("javascript:alert(1) ftp://x.example mailto:a@b.c")).toEqual([]);
  expect(spans("a https://b.example c").map((span) => span.text).join("")).toBe("a https://b.example c");
});

test("one to three emoji are large, text is not", () => {
  for (const text of ["🎉", "❤️", "👩‍👩‍👧", "👍🏽 👍", "🇩🇪🇫🇷", " 😀😀😀 ", "1️⃣"]) expect(onlyEmoji(text), text).toBe(true);
  for (const text of ["", "1", "123", "a🎉", "🎉🎉🎉🎉", "#", "hello"]) expect(onlyEmoji(text), text).toBe(false);
});

test("text is measured as the server measures it", () => {
  expect(bytes("aж中🎉")).toBe(1 + 2 + 3 + 4);
});

test("an edit changes the words and leaves the files", () => {
  const media = { id: "m", url: "/media/m", thumbnail: null, mime: "image/png", name: "", size: 1 };
  const before = message(1, { parts: [{ media }, { text: "old" }] });
  expect(edited(before, "new", 5)).toMatchObject({ parts: [{ media }, { text: "new" }], edited: 5 });
  expect(edited(message(1, { parts: [{ media }] }), "new", 5).parts).toEqual([{ text: "new" }, { media }]);
  expect(before.parts[1]).toEqual({ text: "old" });
  expect(edited(deleted(before), "late", 6).parts).toEqual([]);
});

test("reactions are one of each emoji from each person", () => {
  let one = reacted(message(1), 1, "👍", true);
  one = reacted(one, 1, "👍", true);
  one = reacted(one, 2, "👍", true);
  expect(one.reactions).toEqual([{ emoji: "👍", people: [1, 2] }]);
  one = reacted(reacted(one, 1, "👍", false), 2, "👍", false);
  expect(one.reactions).toEqual([]);
});

test("addresses lead where they came from", () => {
  for (const hash of ["#/chats", "#/contacts", "#/settings", "#/c/12", "#/c/12/345", "#/c/12/info"]) expect(format(parse(hash))).toBe(hash);
  for (const hash of ["", "#/", "#/c/x", "#/nowhere"]) expect(parse(hash)).toEqual({ name: "chats" });
});

test("devices are called what their owners call them", () => {
  expect(deviceName("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe("Firefox · Linux");
  expect(deviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604.1")).toBe("Safari · iPhone");
  expect(deviceName("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0")).toBe("Edge · Windows");
  expect(deviceName("curl/8")).toBe("Browser");
});

test("an upload's id is the end of its address", () => {
  expect(idOf("/api/uploads/abc")).toBe("abc");
  expect(idOf("https://chat.example/api/uploads/abc?x=1")).toBe("abc");
});

test("a handle is looked for without the @ that it is shown with", () => {
  expect(sought(" @bob ")).toBe("bob");
  expect(sought("＠bob")).toBe("bob");
  expect(sought("bob@example.org")).toBe("bob@example.org");
  expect(sought("@")).toBe("");
});
