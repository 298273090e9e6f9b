// The parts of a message: text with links, pictures, sound, films, files, and what another dialect sent.
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { plainText } from "../lib/html";
import { spans } from "../lib/text";
import { size } from "../lib/time";
import type { Media, Message, Part } from "../wire/types";
import { openDialog } from "./dialogs/Dialog";
import { Icon } from "./parts/Icon";
import { fit, learn, shapeOf } from "./shapes";
import { Viewer } from "./Viewer";

export function MessageParts({ message }: { message: Message }) {
  return (
    <>
      {shownOrder(message.parts).map((part, index) => (
        <PartOf key={index} part={part} message={message} />
      ))}
    </>
  );
}

/** Words that came with one file stand below it, as they do while it is on its way. What is made of more pieces has its own order. */
function shownOrder(parts: Part[]): Part[] {
  const [first, second] = parts;
  return parts.length === 2 && first && second && !first.media && second.media ? [second, first] : parts;
}

function PartOf({ part, message }: { part: Part; message: Message }) {
  if (part.media) return <MediaOf media={part.media} message={message} />;
  const text = part.foreign ? part.foreign.text : part.html ? plainText(part.text ?? "") : (part.text ?? "");
  if (text === "") return null;
  return (
    <p class={`message-text${part.foreign ? " is-foreign" : ""}`} dir="auto">
      <Spans text={text} />
    </p>
  );
}

export function Spans({ text }: { text: string }) {
  return (
    <>
      {spans(text).map((span, index) =>
        "href" in span ? (
          <a key={index} href={span.href} target="_blank" rel="noopener noreferrer">
            {span.text}
          </a>
        ) : (
          <span key={index}>{span.text}</span>
        ),
      )}
    </>
  );
}

function MediaOf({ media, message }: { media: Media; message: Message }) {
  if (media.mime.startsWith("image/")) return <Picture media={media} message={message} />;
  if (media.mime.startsWith("audio/")) return <audio class="sound" controls preload="metadata" src={media.url} aria-label={media.name || t("media.audio")} />;
  if (media.mime.startsWith("video/")) return <video class="film" controls preload="metadata" src={media.url} aria-label={media.name || t("media.video")} />;
  return <FileOf media={media} />;
}

function FileOf({ media }: { media: Media }) {
  return (
    <a class="file" href={media.url} download={media.name} target="_blank" rel="noopener noreferrer">
      <span class="file-icon">
        <Icon name="file" size={24} />
      </span>
      <span class="file-words">
        <span class="ellipsis">{media.name || t("media.file")}</span>
        <small>{size(media.size)}</small>
      </span>
      <Icon name="download" size={20} />
    </a>
  );
}

function Picture({ media, message }: { media: Media; message: Message }) {
  const [broken, setBroken] = useState(false);
  if (broken) return <FileOf media={media} />;
  const name = media.name || t("media.picture");
  const shape = shapeOf(media);
  return (
    <button type="button" class={`picture${shape === undefined ? " is-loading" : ""}`} aria-label={t("media.open", { name })} onClick={() => openDialog(<Viewer media={media} of={message} />)}>
      <img
        src={media.thumbnail ?? media.url}
        alt={name}
        decoding="async"
        ref={(element) => fit(element, shape)}
        onLoad={(event) => {
          event.currentTarget.parentElement?.classList.remove("is-loading");
          fit(event.currentTarget, learn(event.currentTarget, media));
        }}
        onError={() => setBroken(true)}
      />
    </button>
  );
}
