// What stands above the first message: with whom one is, and what one may do here.
import { t } from "../i18n";
import { nameOf } from "../state/names";
import type { Conversation } from "../wire/types";
import { ConversationAvatar } from "./parts/Avatar";

export function Beginning({ of, empty }: { of: Conversation; empty: boolean }) {
  const name = nameOf(of);
  return (
    <div class={`beginning${empty ? " is-empty" : ""}`}>
      <ConversationAvatar of={of} size={96} />
      <h2>{name}</h2>
      <p>{of.kind === "group" ? t("beginning.group", { count: of.members }) : t(empty ? "beginning.hello" : "beginning.direct", { name })}</p>
    </div>
  );
}
