// The way in: signing in and making an account, on one page.
import { useState } from "preact/hooks";
import { LANGUAGES, type Language, language, setLanguage, t } from "../i18n";
import { connection, recovery, registration } from "../state/net";
import { ended, recover, signIn, signUp } from "../state/session";
import { fieldOf, words } from "../state/toasts";
import { codeOf } from "../wire/fault";
import { Button } from "./parts/Button";
import { Field, NAME } from "./parts/Field";
import { Mark } from "./parts/Icon";
import { Problem } from "./dialogs/Dialog";

type Mode = "in" | "up" | "lost";

/** The code that a link brings: `/#invite=CODE`. It stays out of what servers are asked for. */
function invited(): string {
  const code = /^#invite=([\w-]+)$/.exec(location.hash);
  return code?.[1] ?? "";
}

export function SignIn() {
  // Whoever follows the link of an invitation wants to register.
  const [mode, setMode] = useState<Mode>(invited() === "" ? "in" : "up");
  const closed = registration.value === "closed";
  return (
    <main class="door">
      <section class="door-card">
        <header class="door-head">
          <Mark size={56} />
          <h1>koine</h1>
          <p>{t(mode === "in" ? "door.welcome" : mode === "up" ? "door.new" : "door.lost.title")}</p>
        </header>
        {ended.value ? <p class="note">{t(ended.value === "deleted" ? "door.deleted" : "door.ended")}</p> : null}
        {mode === "in" ? (
          <In onLost={() => setMode("lost")} />
        ) : mode === "lost" ? (
          <Lost />
        ) : closed ? (
          <p class="note">{t("door.closed")}</p>
        ) : (
          <Up />
        )}
        <footer class="door-foot">
          {mode !== "in" ? (
            <>
              <span>{t(mode === "up" ? "door.have" : "door.lost.known")}</span>
              <button type="button" class="link" onClick={() => setMode("in")}>
                {t("door.in")}
              </button>
            </>
          ) : !closed ? (
            <>
              <span>{t("door.none")}</span>
              <button type="button" class="link" onClick={() => setMode("up")} data-testid="to-sign-up">
                {t("door.create")}
              </button>
            </>
          ) : (
            <span>{t("door.closed")}</span>
          )}
        </footer>
      </section>
      <Languages />
    </main>
  );
}

function Languages() {
  return (
    <nav class="languages" aria-label={t("settings.language")}>
      {(Object.entries(LANGUAGES) as [Language, string][]).map(([one, name]) => (
        <button key={one} type="button" lang={one} aria-pressed={language.value === one} onClick={() => void setLanguage(one)}>
          {name}
        </button>
      ))}
    </nav>
  );
}

/** Whether there is somebody of that name is told to nobody: so either may be wrong. */
function wordsAtDoor(cause: unknown): string {
  return codeOf(cause) === "wrong_password" ? t("door.wrong") : words(cause);
}

/** Which field a refusal is about, so that it stands below that field. */
function useFaults() {
  const [fault, setFault] = useState<{ field: string; text: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const run = (task: () => Promise<void>) => {
    setBusy(true);
    setFault(null);
    task()
      .catch((cause: unknown) => setFault({ field: fieldOf(cause), text: wordsAtDoor(cause) }))
      .finally(() => setBusy(false));
  };
  const at = (field: string) => (fault?.field === field ? fault.text : null);
  return { busy, run, at, rest: (fields: string[]) => (fault && !fields.includes(fault.field) ? fault.text : null), setFault };
}

function In({ onLost }: { onLost: () => void }) {
  const [who, setWho] = useState("");
  const [password, setPassword] = useState("");
  const { busy, run, at, rest } = useFaults();
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        run(() => signIn(who, password));
      }}
    >
      <Field label={t("door.who")} value={who} onInput={setWho} autoComplete="username" name="username" error={at("who")} autoFocus required />
      <Field label={t("door.password")} value={password} onInput={setPassword} type="password" autoComplete="current-password" name="password" error={at("password")} required />
      <Problem text={rest(["who", "password"])} />
      <Submit words={t("door.in")} busy={busy} />
      {recovery.value ? (
        <button type="button" class="link door-lost" onClick={onLost} data-testid="lost">
          {t("door.lost")}
        </button>
      ) : null}
    </form>
  );
}

/** Whether there is such an account is told to its mailbox alone. */
function Lost() {
  const [email, setEmail] = useState("");
  const [sent, setSent] = useState(false);
  const { busy, run, at, rest, setFault } = useFaults();
  if (sent) {
    return (
      <p class="note" role="status" data-testid="lost-sent">
        {t("door.lost.sent")}
      </p>
    );
  }
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        // The server says the same to everybody, also to who has mistyped.
        if (!/^\S+@\S+$/.test(email.trim())) return setFault({ field: "email", text: t("error.unusable.email") });
        run(async () => {
          await recover(email);
          setSent(true);
        });
      }}
    >
      <Field label={t("door.lost.email")} hint={t("door.lost.hint")} value={email} onInput={setEmail} type="email" autoComplete="email" name="email" error={at("email") ?? at("who")} autoFocus required />
      <Problem text={rest(["email", "who"])} />
      <Submit words={t("door.lost.go")} busy={busy} />
    </form>
  );
}

function Up() {
  const [nick, setNick] = useState("");
  const [handle, setHandle] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [invitation, setInvitation] = useState(invited);
  const { busy, run, at, rest } = useFaults();
  const asked = registration.value === "invitation";
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        run(async () => {
          await signUp({ nick, handle, email, password, invitation: asked ? invitation : "" });
          // A code is nobody else's business, and this one may be used up.
          if (invited() !== "") history.replaceState(null, "", location.pathname);
        });
      }}
    >
      {asked ? (
        <Field label={t("door.invitation")} hint={t("door.invitation.hint")} value={invitation} onInput={setInvitation} autoComplete="off" name="invitation" error={at("invitation")} required />
      ) : null}
      <Field label={t("profile.nick")} hint={t("door.nick.hint")} value={nick} onInput={setNick} autoComplete="nickname" name="nick" maxLength={NAME} error={at("nick")} autoFocus required />
      <Field label={t("profile.handle")} optional hint={t("door.handle.hint")} value={handle} onInput={setHandle} autoComplete="username" name="username" error={at("handle")} />
      <Field label={t("door.password")} value={password} onInput={setPassword} type="password" autoComplete="new-password" name="password" error={at("password")} required />
      <Field label={t("door.email")} optional value={email} onInput={setEmail} type="email" autoComplete="email" name="email" error={at("email")} />
      <Problem text={rest(["nick", "handle", "password", "email", ...(asked ? ["invitation"] : [])])} />
      <Submit words={t("door.create")} busy={busy} />
    </form>
  );
}

function Submit({ words: text, busy }: { words: string; busy: boolean }) {
  return (
    <>
      <Button kind="primary" type="submit" wide busy={busy}>
        {text}
      </Button>
      {connection.status.value === "waiting" ? (
        <p class="door-offline" role="status">
          {t("door.offline")}
        </p>
      ) : null}
    </>
  );
}
