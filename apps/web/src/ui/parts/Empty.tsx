// Nothing here yet: what would be here, and the way to it. And the shape of what is still coming.
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./Icon";

export function Empty({ icon, title, children, action }: { icon: IconName; title: string; children?: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={28} />
      </span>
      <h2>{title}</h2>
      {children ? <p>{children}</p> : null}
      {action}
    </div>
  );
}

export function RowSkeletons({ count = 7 }: { count?: number }) {
  return (
    <div class="skeletons" aria-hidden="true">
      {Array.from({ length: count }, (_, index) => (
        <div key={index} class="skeleton-row">
          <span class="skeleton skeleton-round" />
          <span class="skeleton-lines">
            <span class={`skeleton skeleton-${(index % 3) + 1}`} />
            <span class={`skeleton skeleton-${((index + 1) % 3) + 2}`} />
          </span>
        </div>
      ))}
    </div>
  );
}

export function BubbleSkeletons() {
  return (
    <div class="bubble-skeletons" aria-hidden="true">
      {[2, 4, 1, 3, 2].map((width, index) => (
        <span key={index} class={`skeleton skeleton-bubble skeleton-${width}${index % 2 ? " is-own" : ""}`} />
      ))}
    </div>
  );
}
