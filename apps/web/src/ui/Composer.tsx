// Where one writes: text, files, emoji; answering and editing stand above it.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { bytes } from "../lib/text";
import { size } from "../lib/time";
import { draftOf, returnToDraft, setDraft } from "../state/drafts";
import { logOf, versionOf } from "../state/logs";
import { me } from "../state/me";
import { limits } from "../state/net";
import { edit, say } from "../state/outbox";
import { preview, textOf } from "../state/preview";
import { say as toast } from "../state/toasts";
import * as typing from "../state/typing";
import type { ConversationId, Message } from "../wire/types";
import { answering, beginEdit, choosing, editing, endCompose, focusComposer, onWithdraw } from "./compose";
import { EmojiGrid } from "./EmojiGrid";
import { IconButton } from "./parts/Button";
import { Icon } from "./parts/Icon";
import { useObjectUrl } from "./PendingParts";

interface Props {
  id: ConversationId;
  files: File[];
  setFiles: (files: File[]) => void;
}

/** Files that fit; what does not is told. */
export function fitting(files: Iterable<File>): File[] {
  return [...files].filter((file) => {
    const fits = file.size > 0 && file.size <= limits.peek().upload_bytes;
    if (!fits) toast(file.size === 0 ? t("upload.empty", { name: file.name }) : t("upload.large", { name: file.name, size: size(limits.peek().upload_bytes) }), "error");
    return fits;
  });
}

export function Composer({ id, files, setFiles }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(() => draftOf(id));
  const emoji = choosing.value;
  const changing = editing.value;
  const reply = answering.value;
  const draft = draftOf(id);

  // Editing borrows the field; the draft comes back afterwards, and at once: the next key may be Enter.
  useLayoutEffect(() => setText(changing ? textOf(changing) : draftOf(id)), [changing, id]);
  // Words come back that found no way out.
  useLayoutEffect(() => {
    if (!changing && draft.trim() !== text.trim()) setText(draft);
  }, [draft]);
  // Whoever wrote it may take a message back while it is being edited or answered.
  const about = changing ?? reply;
  void versionOf(id).value;
  const gone = about !== null && (logOf(id)?.message(about.seq)?.deleted ?? false);
  useLayoutEffect(() => {
    if (!gone) return;
    const changed = changing !== null && text.trim() !== "" && text.trim() !== textOf(changing).trim();
    if (changed) returnToDraft(id, text);
    endCompose();
    toast(t(changed ? "composer.gone.edit" : changing ? "error.unknown_message" : "composer.gone.reply"), "error");
  }, [gone]);
  useLayoutEffect(() => grow(area.current), [text]);
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) area.current?.focus();
    return () => {
      choosing.value = false;
    };
  }, [id]);

  const write = (next: string) => {
    setText(next);
    if (changing) return;
    setDraft(id, next);
    if (next.trim() !== "") typing.tell(id);
  };
  const insert = (piece: string) => {
    const field = area.current;
    const [from, to] = [field?.selectionStart ?? text.length, field?.selectionEnd ?? text.length];
    write(text.slice(0, from) + piece + text.slice(to));
    requestAnimationFrame(() => {
      field?.focus();
      field?.setSelectionRange(from + piece.length, from + piece.length);
    });
  };
  const over = bytes(text) - limits.value.text_bytes;
  const ready = over <= 0 && (text.trim() !== "" || files.length > 0);
  const send = () => {
    if (over > 0) toast(t("composer.long"), "error");
    if (!ready) return;
    if (changing) {
      if (text.trim() !== textOf(changing)) edit(id, changing.seq, text.trim());
      setText(draft);
    } else {
      say(id, text.trim(), files, reply ? { seq: reply.seq, sender: reply.sender, text: preview(reply) } : null);
      setDraft(id, "");
      setText("");
      setFiles([]);
      typing.done(id);
    }
    endCompose();
    choosing.value = false;
    focusComposer();
  };
  const withdraw = () => {
    if (emoji) choosing.value = false;
    else if (changing || reply) endCompose();
    else if (files.length > 0) setFiles([]);
    else return false;
    return true;
  };
  // Before anybody can see what is drawn: what is gone from the screen is not taken back once more.
  useLayoutEffect(() => {
    onWithdraw(withdraw);
    return () => onWithdraw(() => false);
  });
  const keys = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && withdraw()) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "ArrowUp" && text === "" && !changing) {
      const last = lastOwn(id);
      if (last) {
        event.preventDefault();
        beginEdit(last);
      }
    }
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {changing || reply ? <About message={(changing ?? reply) as Message} edits={changing !== null} /> : null}
      {files.length > 0 ? <Tray files={files} setFiles={setFiles} /> : null}
      {emoji ? (
        <div class="composer-emoji">
          <EmojiGrid onPick={insert} />
        </div>
      ) : null}
      {over > 0 ? (
        <p class="composer-long" id="composer-long" role="alert">
          {t("composer.long")}
        </p>
      ) : null}
      <div class="composer-row">
        <IconButton icon="attach" label={t("composer.attach")} onClick={() => picker.current?.click()} disabled={changing !== null} />
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          data-testid="file-input"
          onChange={(event) => {
            setFiles([...files, ...fitting(event.currentTarget.files ?? [])]);
            event.currentTarget.value = "";
            focusComposer();
          }}
        />
        <textarea
          id="composer"
          ref={area}
          rows={1}
          value={text}
          placeholder={t("composer.placeholder")}
          aria-label={t("composer.placeholder")}
          aria-invalid={over > 0 ? true : undefined}
          aria-describedby={over > 0 ? "composer-long" : undefined}
          dir="auto"
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={keys}
          onPaste={(event) => {
            const pasted = fitting(event.clipboardData?.files ?? []);
            if (pasted.length === 0 || changing) return;
            event.preventDefault();
            setFiles([...files, ...pasted]);
          }}
        />
        {over > -200 ? <span class={`composer-left${over > 0 ? " is-over" : ""}`}>{-over}</span> : null}
        <IconButton icon="smile" label={t("composer.emoji")} pressed={emoji} onClick={() => (choosing.value = !emoji)} />
        <IconButton icon={changing ? "check" : "send"} kind="primary" type="submit" label={t(changing ? "composer.save" : "composer.send")} disabled={!ready} testId="send" />
      </div>
    </form>
  );
}

function About({ message, edits }: { message: Message; edits: boolean }) {
  return (
    <div class="about">
      <Icon name={edits ? "edit" : "reply"} size={20} />
      <span class="about-words">
        <strong>{edits ? t("composer.editing") : message.sender.id === me.value?.id ? t("composer.answering.self") : t("composer.answering", { name: message.sender.nick })}</strong>
        <span class="ellipsis">{preview(message)}</span>
      </span>
      <IconButton icon="close" size={20} label={t("action.cancel")} onClick={endCompose} />
    </div>
  );
}

function Tray({ files, setFiles }: { files: File[]; setFiles: (files: File[]) => void }) {
  return (
    <ul class="tray" aria-label={t("composer.files")}>
      {files.map((file, index) => (
        <Waiting key={`${file.name} ${index}`} file={file} onRemove={() => setFiles(files.filter((one) => one !== file))} />
      ))}
    </ul>
  );
}

function Waiting({ file, onRemove }: { file: File; onRemove: () => void }) {
  const url = useObjectUrl(file.type.startsWith("image/") ? file : null);
  return (
    <li class={url ? "tray-picture" : "tray-file"}>
      {url ? (
        <img src={url} alt={file.name} />
      ) : (
        <>
          <Icon name="file" size={22} />
          <span class="file-words">
            <span class="ellipsis">{file.name}</span>
            <small>{size(file.size)}</small>
          </span>
        </>
      )}
      <IconButton icon="close" size={16} label={t("composer.remove", { name: file.name })} onClick={onRemove} />
    </li>
  );
}

/** As high as its text, up to a third of the screen. */
function grow(area: HTMLTextAreaElement | null): void {
  if (area === null) return;
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, Math.round(innerHeight * 0.34))}px`;
}

function lastOwn(id: ConversationId): Message | undefined {
  const own = me.peek()?.id;
  return logOf(id)?.tail()?.messages.findLast((message) => message.sender.id === own && !message.deleted && textOf(message) !== "");
}
