// A labelled field with a hint below, which gives way to what is wrong with the value.
import { useId, useState } from "preact/hooks";
import { t } from "../../i18n";
import { IconButton } from "./Button";

interface Props {
  label: string;
  value: string;
  onInput: (value: string) => void;
  type?: "text" | "password" | "email";
  hint?: string;
  error?: string | null;
  autoFocus?: boolean;
  autoComplete?: string;
  required?: boolean;
  maxLength?: number;
  name?: string;
  /** Said beside the label. */
  optional?: boolean;
  placeholder?: string;
}

/** The most characters that a name is given here: enough for anybody, and it fits wherever it is shown. */
export const NAME = 64;

export function Field({ label, value, onInput, type = "text", hint, error, autoFocus, autoComplete = "off", required, maxLength, name, optional, placeholder }: Props) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const below = error ?? hint;
  // An address is checked by the server, in words of ours: not by the browser. The types know no union here.
  const kind = (type === "password" && !shown ? "password" : "text") as "text";
  return (
    <div class={`field${error ? " is-wrong" : ""}`}>
      <label for={id}>
        {label}
        {optional ? <span class="field-optional">{t("field.optional")}</span> : null}
      </label>
      <div class="field-box">
        <input
          id={id}
          name={name}
          type={kind}
          inputMode={type === "email" ? "email" : undefined}
          value={value}
          placeholder={placeholder}
          onInput={(event) => onInput(event.currentTarget.value)}
          autoFocus={autoFocus}
          autoComplete={autoComplete}
          autoCapitalize="none"
          spellcheck={false}
          required={required}
          maxLength={maxLength}
          aria-invalid={error ? true : undefined}
          aria-describedby={below ? `${id}-below` : undefined}
        />
        {type === "password" ? (
          <IconButton icon={shown ? "hidden" : "eye"} size={20} label={t(shown ? "field.hide" : "field.show")} pressed={shown} onClick={() => setShown(!shown)} />
        ) : null}
      </div>
      {below ? (
        <p class="field-below" id={`${id}-below`} role={error ? "alert" : undefined}>
          {below}
        </p>
      ) : null}
    </div>
  );
}

export function Switch({ label, hint, on, onChange }: { label: string; hint?: string; on: boolean; onChange: (on: boolean) => void }) {
  const id = useId();
  return (
    <label class="switch" for={id}>
      <span class="switch-words">
        <span>{label}</span>
        {hint ? <small>{hint}</small> : null}
      </span>
      <input id={id} type="checkbox" role="switch" checked={on} onChange={(event) => onChange(event.currentTarget.checked)} />
    </label>
  );
}

/** A few choices beside each other, of which one holds. */
export function Choice<Value extends string>({ label, value, options, onChange }: { label: string; value: Value; options: Record<Value, string>; onChange: (value: Value) => void }) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      <div class="choice-row">
        {(Object.entries(options) as [Value, string][]).map(([one, words]) => (
          <label key={one} class={one === value ? "is-chosen" : ""}>
            <input type="radio" name={name} value={one} checked={one === value} onChange={() => onChange(one)} />
            <span>{words}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
