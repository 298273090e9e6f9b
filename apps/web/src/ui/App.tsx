// Which of the two faces the page has: the way in, or the messages.
import { useEffect } from "preact/hooks";
import { announced } from "../state/alerts";
import { phase } from "../state/session";
import { dialogOpen, Dialogs } from "./dialogs/Dialog";
import { shortcuts } from "./keys";
import { Menus } from "./parts/Menu";
import { Toasts } from "./parts/Toasts";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";

export function App() {
  useEffect(() => {
    addEventListener("keydown", shortcuts);
    return () => removeEventListener("keydown", shortcuts);
  }, []);
  return (
    <>
      {phase.value === "signed-out" ? <SignIn /> : <Shell />}
      <Dialogs />
      <Menus />
      <Toasts here={!dialogOpen()} />
      <Announcer />
    </>
  );
}

function Announcer() {
  return (
    <div class="visually-hidden" aria-live="polite">
      {announced.value}
    </div>
  );
}
