// Files that are on their way: what they are, how far they have come, and the way to stop them.
import { useEffect, useMemo } from "preact/hooks";
import { t } from "../i18n";
import { size } from "../lib/time";
import type { Attachment, SendItem, State } from "../outbox/item";
import { outbox } from "../state/outbox";
import { IconButton } from "./parts/Button";
import { Icon } from "./parts/Icon";
import { fit, learn, shapeOf } from "./shapes";

export function PendingParts({ item, state }: { item: SendItem; state: State }) {
  return (
    <>
      {item.attachments.map((one, index) => (
        <Pending key={index} of={one} state={state} itemKey={item.key} />
      ))}
    </>
  );
}

function Pending({ of, state, itemKey }: { of: Attachment; state: State; itemKey: string }) {
  const url = useObjectUrl(of.type.startsWith("image/") ? of.blob : null);
  const going = state.is === "uploading" || state.is === "waiting";
  const share = state.is === "uploading" && state.size > 0 ? state.sent / state.size : of.upload ? 1 : 0;
  return (
    <div class={`pending${url ? " pending-picture" : ""}`}>
      {url ? (
        <img
          src={url}
          alt={of.name}
          ref={(element) => fit(element, shapeOf({ name: of.name, size: of.blob.size }))}
          onLoad={(event) => fit(event.currentTarget, learn(event.currentTarget, { name: of.name, size: of.blob.size }))}
        />
      ) : (
        <span class="file">
          <span class="file-icon">
            <Icon name="file" size={24} />
          </span>
          <span class="file-words">
            <span class="ellipsis">{of.name}</span>
            <small>{size(of.blob.size)}</small>
          </span>
        </span>
      )}
      {going ? (
        <div class="pending-progress">
          <progress max={1} value={share} aria-label={t("upload.progress", { name: of.name })} />
          <span>{`${Math.floor(share * 100)} %`}</span>
          <IconButton icon="close" size={18} label={t("upload.cancel")} onClick={() => outbox.cancel(itemKey)} />
        </div>
      ) : null}
    </div>
  );
}

/** An address for bytes that are in memory, given back when nobody looks any more. */
export function useObjectUrl(blob: Blob | null): string | null {
  const url = useMemo(() => (blob ? URL.createObjectURL(blob) : null), [blob]);
  useEffect(
    () => () => {
      if (url) URL.revokeObjectURL(url);
    },
    [url],
  );
  return url;
}
