// A picture by itself, with those before and after it in the conversation.
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { full } from "../lib/time";
import { logOf } from "../state/logs";
import { nickOf } from "../state/names";
import type { Media, Message } from "../wire/types";
import { closeDialog, Dialog } from "./dialogs/Dialog";
import { IconButton } from "./parts/Button";
import { Icon } from "./parts/Icon";

export function Viewer({ media, of }: { media: Media; of: Message }) {
  const all = pictures(of);
  const [at, setAt] = useState(() => Math.max(0, all.findIndex((one) => one.media.id === media.id && one.message.seq === of.seq)));
  const shown = all[at] ?? { media, message: of };
  const ref = useRef<HTMLDivElement>(null);
  // After the dialog, which begins at its button: the arrows are for the picture.
  useEffect(() => ref.current?.focus(), []);
  const step = (by: number) => setAt(Math.max(0, Math.min(all.length - 1, at + by)));
  return (
    <Dialog title={shown.media.name || t("media.picture")} kind="viewer">
      <div
        class="viewer"
        ref={ref}
        tabIndex={0}
        onKeyDown={(event) => {
          if (event.key === "ArrowLeft") step(-1);
          else if (event.key === "ArrowRight") step(1);
        }}
        onClick={(event) => event.target === event.currentTarget && closeDialog()}
      >
        {at > 0 ? <IconButton class="viewer-step is-before" icon="back" label={t("viewer.before")} onClick={() => step(-1)} /> : null}
        <img key={shown.media.id} src={shown.media.url} alt={shown.media.name || t("media.picture")} />
        {at < all.length - 1 ? <IconButton class="viewer-step is-after" icon="forward" label={t("viewer.after")} onClick={() => step(1)} /> : null}
      </div>
      <div class="viewer-foot">
        <span>
          {nickOf(shown.message.sender)}, {full(shown.message.at)}
        </span>
        <a class="button button-quiet" href={shown.media.url} download={shown.media.name}>
          <Icon name="download" size={18} />
          <span>{t("viewer.save")}</span>
        </a>
      </div>
    </Dialog>
  );
}

function pictures(of: Message): { media: Media; message: Message }[] {
  const run = logOf(of.conversation)?.holding(of.seq);
  return (run?.messages ?? [of]).flatMap((message) => message.parts.flatMap((part) => (part.media?.mime.startsWith("image/") ? [{ media: part.media, message }] : [])));
}
