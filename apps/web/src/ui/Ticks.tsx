// How far a message of one's own has come.
import { t } from "../i18n";
import { Icon } from "./parts/Icon";

export type Reach = "waiting" | "sent" | "delivered" | "read" | "failed";

export function Ticks({ is }: { is: Reach }) {
  const icon = is === "waiting" ? "clock" : is === "failed" ? "alert" : is === "sent" ? "check" : "checks";
  return (
    <span class={`ticks ticks-${is}`} role="img" aria-label={t(`ticks.${is}`)} title={t(`ticks.${is}`)} data-testid="ticks" data-reach={is}>
      <Icon name={icon} size={16} />
    </span>
  );
}
