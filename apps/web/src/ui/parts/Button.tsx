// Buttons: with words, or an icon with a label for those who do not see it.
import type { ComponentChildren, Ref } from "preact";
import { Icon, type IconName } from "./Icon";

interface ButtonProps {
  children: ComponentChildren;
  onClick?: () => void;
  kind?: "primary" | "plain" | "danger" | "quiet";
  type?: "button" | "submit";
  icon?: IconName;
  busy?: boolean;
  disabled?: boolean;
  wide?: boolean;
  testId?: string;
}

export function Button({ children, onClick, kind = "plain", type = "button", icon, busy = false, disabled = false, wide = false, testId }: ButtonProps) {
  return (
    <button type={type} class={`button button-${kind}${wide ? " is-wide" : ""}${busy ? " is-busy" : ""}`} onClick={onClick} disabled={disabled || busy} aria-busy={busy} data-testid={testId}>
      {icon ? <Icon name={icon} size={18} /> : null}
      <span>{children}</span>
    </button>
  );
}

interface IconButtonProps {
  icon: IconName;
  label: string;
  onClick?: (event: MouseEvent) => void;
  size?: number;
  kind?: "plain" | "primary" | "danger";
  pressed?: boolean;
  expanded?: boolean;
  disabled?: boolean;
  type?: "button" | "submit";
  class?: string;
  testId?: string;
  buttonRef?: Ref<HTMLButtonElement>;
}

export function IconButton(props: IconButtonProps) {
  const { icon, label, onClick, size = 22, kind = "plain", pressed, expanded, disabled, type = "button" } = props;
  return (
    <button
      ref={props.buttonRef}
      type={type}
      class={`icon-button icon-button-${kind} ${props.class ?? ""}`}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-haspopup={expanded === undefined ? undefined : "menu"}
      disabled={disabled}
      onClick={onClick}
      data-testid={props.testId}
    >
      <Icon name={icon} size={size} />
    </button>
  );
}
