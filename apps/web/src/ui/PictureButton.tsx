// A picture that can be changed: chosen, made smaller here, uploaded, set.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { squared } from "../lib/picture";
import { say, words } from "../state/toasts";
import { token } from "../state/token";
import { upload, UploadRefused } from "../upload/tus";
import { Icon } from "./parts/Icon";
import { openMenu } from "./parts/Menu";

interface Props {
  label: string;
  /** Whether there is one that could be taken away. */
  has: boolean;
  set: (upload: string | null) => Promise<unknown>;
  children: ComponentChildren;
}

export function PictureButton({ label, has, set, children }: Props) {
  const picker = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const run = (task: () => Promise<unknown>) => {
    setBusy(true);
    task()
      .then(() => say(t("action.saved")))
      .catch((cause: unknown) => say(cause instanceof UploadRefused ? t("error.upload") : words(cause), "error"))
      .finally(() => setBusy(false));
  };
  const choose = async (file: File) => {
    const blob = await squared(file);
    const name = file.name.replace(/\.\w+$/, ".jpg");
    const id = await upload(token.peek() ?? "", { blob, name, type: blob.type }, undefined, { onLocation: () => undefined, onBytes: () => undefined }, new AbortController().signal);
    await set(id);
  };
  return (
    <>
      <button
        type="button"
        class={`picture-button${busy ? " is-busy" : ""}`}
        aria-label={label}
        title={label}
        aria-busy={busy}
        onClick={(event) =>
          has
            ? openMenu(event.currentTarget, label, [
                { icon: "camera", words: t("picture.choose"), onChoose: () => picker.current?.click() },
                { icon: "trash", words: t("picture.remove"), danger: true, onChoose: () => run(() => set(null)) },
              ])
            : picker.current?.click()
        }
      >
        {children}
        <span class="picture-button-icon">
          <Icon name="camera" size={18} />
        </span>
      </button>
      <input
        ref={picker}
        type="file"
        accept="image/png,image/jpeg,image/webp,image/gif"
        hidden
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file) run(() => choose(file));
        }}
      />
    </>
  );
}
