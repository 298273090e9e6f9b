// The beginning: language and theme before the first picture, then the page, then the connection.
import { render } from "preact";
import { watchTitle } from "./state/alerts";
import { startSync } from "./state/sync";
import { watchRoute } from "./state/route";
import { startTheme } from "./state/theme";
import { preferred, setLanguage } from "./i18n";
import { App } from "./ui/App";
import "./styles/index.css";

async function start(): Promise<void> {
  startTheme();
  startSync();
  await setLanguage(preferred());
  watchRoute();
  watchTitle();
  render(<App />, document.getElementById("app") as HTMLElement);
  if ("serviceWorker" in navigator && import.meta.env.PROD) navigator.serviceWorker.register("/sw.js").catch(() => undefined);
}

void start();
