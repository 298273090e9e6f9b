// The keys, for those who do not like to leave them.
import { t } from "../../i18n";
import type { Key } from "../../i18n/en";
import { Dialog } from "../dialogs/Dialog";

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);
const CONTROL = MAC ? "⌘" : "Ctrl";
const ALT = MAC ? "⌥" : "Alt";

const KEYS: [string[], Key][] = [
  [["Enter"], "keys.send"],
  [["Shift", "Enter"], "keys.line"],
  [["↑"], "keys.edit"],
  [["Esc"], "keys.cancel"],
  [[CONTROL, "K"], "keys.search"],
  [[ALT, "↑ ↓"], "keys.step"],
  [["↑ ↓"], "keys.walk"],
];

export function Shortcuts() {
  return (
    <Dialog title={t("keys.title")} kind="narrow">
      <dl class="shortcuts">
        {KEYS.map(([keys, words]) => (
          <div key={words}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(words)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
