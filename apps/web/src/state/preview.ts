// A message on one line: for the list, for quotes, for notifications.
import { t } from "../i18n";
import { plainText } from "../lib/html";
import type { Message, Part } from "../wire/types";

export function textOf(message: Pick<Message, "parts">): string {
  return message.parts
    .map((part) => (part.text !== undefined ? (part.html ? plainText(part.text) : part.text) : part.foreign ? part.foreign.text : ""))
    .filter((text) => text !== "")
    .join("\n");
}

export function preview(message: Message): string {
  if (message.deleted) return t("message.deleted");
  const text = textOf(message).replace(/\s+/g, " ").trim();
  const media = message.parts.find((part) => part.media)?.media;
  if (media === undefined) return text.slice(0, 200);
  const label = mediaLabel(media);
  return text === "" ? label : `${label} · ${text.slice(0, 200)}`;
}

export function mediaLabel(media: NonNullable<Part["media"]>): string {
  if (media.mime.startsWith("image/")) return t("media.picture");
  if (media.mime.startsWith("video/")) return t("media.video");
  if (media.mime.startsWith("audio/")) return t("media.audio");
  return media.name || t("media.file");
}
