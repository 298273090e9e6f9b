// Oneself and this client: profile, looks, notifications, devices, the account.
import { LANGUAGES, type Language, language, setLanguage, t } from "../../i18n";
import { notify, setNotify } from "../../state/alerts";
import { me } from "../../state/me";
import { request, version } from "../../state/net";
import { signOut } from "../../state/session";
import { type Theme, theme } from "../../state/theme";
import { ask, openDialog } from "../dialogs/Dialog";
import { Action } from "../info/Info";
import { PersonAvatar } from "../parts/Avatar";
import { Choice, Switch } from "../parts/Field";
import { RowSkeletons } from "../parts/Empty";
import { PictureButton } from "../PictureButton";
import { DeleteAccount } from "./DeleteAccount";
import { Devices } from "./Devices";
import { Password } from "./Password";
import { Profile } from "./Profile";
import { Shortcuts } from "./Shortcuts";

/** The server draws a picture for whoever has set none; the address of one that was set tells which version of it it is. */
function isChosen(avatar: string | null): boolean {
  return avatar !== null && avatar.includes("?v=");
}

export function SettingsTab() {
  const who = me.value;
  return (
    <>
      <header class="column-head">
        <h1>{t("tab.settings")}</h1>
      </header>
      <div class="column-body settings">
        {who === null ? (
          <RowSkeletons count={3} />
        ) : (
          <div class="settings-me">
            <PictureButton label={t("profile.picture")} has={isChosen(who.avatar)} set={async (upload) => (me.value = (await request("avatar", { upload })).me)}>
              <PersonAvatar person={who} size={96} />
            </PictureButton>
            <h2>{who.nick}</h2>
            <p class="dim">
              {who.handle ? `@${who.handle} · ` : ""}
              {who.id}
            </p>
            {who.status ? <p>{who.status}</p> : null}
          </div>
        )}
        <div class="actions">
          <Action icon="edit" words={t("profile.title")} onClick={() => openDialog(<Profile />)} />
          <Action icon="device" words={t("devices.title")} onClick={() => openDialog(<Devices />)} />
          <Action icon="lock" words={t("password.title")} onClick={() => openDialog(<Password />)} />
        </div>
        <div class="actions">
          <Choice<Theme> label={t("settings.theme")} value={theme.value} options={{ system: t("theme.system"), light: t("theme.light"), dark: t("theme.dark") }} onChange={(next) => (theme.value = next)} />
          <Choice<Language> label={t("settings.language")} value={language.value} options={LANGUAGES} onChange={(next) => void setLanguage(next)} />
          <Switch label={t("settings.notify")} hint={t("settings.notify.hint")} on={notify.value} onChange={(on) => void setNotify(on)} />
        </div>
        <div class="actions">
          <Action icon="info" words={t("keys.title")} onClick={() => openDialog(<Shortcuts />)} />
          <Action icon="leave" words={t("settings.out")} onClick={() => ask({ title: t("settings.out.title"), text: t("settings.out.text"), yes: t("settings.out"), onYes: signOut })} />
          <Action icon="trash" danger words={t("delete.title")} onClick={() => openDialog(<DeleteAccount />)} />
        </div>
        <p class="settings-version">koine {version.value}</p>
      </div>
    </>
  );
}
