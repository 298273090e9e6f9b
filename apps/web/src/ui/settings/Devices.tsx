// Where one is signed in, and the way to end it there.
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n";
import { full } from "../../lib/time";
import { request } from "../../state/net";
import { complain, words } from "../../state/toasts";
import type { SessionInfo } from "../../wire/types";
import { Dialog, Problem } from "../dialogs/Dialog";
import { Button } from "../parts/Button";
import { RowSkeletons } from "../parts/Empty";
import { Icon } from "../parts/Icon";

export function Devices() {
  const [sessions, setSessions] = useState<SessionInfo[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    request("sessions", {}).then(
      (answer) => setSessions(answer.sessions.toSorted((a, b) => Number(b.current) - Number(a.current) || b.used - a.used)),
      (cause: unknown) => setError(words(cause)),
    );
  }, []);
  const end = (one: SessionInfo) => {
    setSessions((list) => list?.filter((other) => other.session !== one.session) ?? null);
    request("session.end", { session: one.session }).catch(complain);
  };
  return (
    <Dialog title={t("devices.title")}>
      <p class="dialog-text dim">{t("devices.hint")}</p>
      <Problem text={error} />
      {sessions === null && error === null ? <RowSkeletons count={3} /> : null}
      {(sessions ?? []).map((one) => (
        <div key={one.session} class="row is-still" data-testid="session">
          <span class="row-icon">
            <Icon name="device" />
          </span>
          <span class="row-words">
            <span class="row-name ellipsis">{one.device || one.dialect}</span>
            <span class="row-last">{one.current ? t("devices.this") : one.online ? t("devices.online", { dialect: one.dialect }) : t("devices.used", { time: full(one.used) })}</span>
          </span>
          {one.current ? null : (
            <Button kind="danger" onClick={() => end(one)}>
              {t("devices.end")}
            </Button>
          )}
        </div>
      ))}
    </Dialog>
  );
}
