// A round picture. The server draws one for everybody, so a letter is shown only until it comes.
import { nameOf } from "../../state/names";
import type { Brief, Conversation, Person } from "../../wire/types";

interface Props {
  name: string;
  src: string | null | undefined;
  /** Pixels across. */
  size?: 28 | 36 | 44 | 48 | 96;
  online?: boolean;
  seed?: number;
}

export function Avatar({ name, src, size = 44, online = false, seed = 0 }: Props) {
  return (
    <span class={`avatar avatar-${size} hue-${seed % 6}${online ? " is-online" : ""}`} aria-hidden="true">
      <span class="avatar-letter">{initial(name)}</span>
      {src ? <img key={src} src={src} alt="" loading="lazy" decoding="async" onError={(event) => event.currentTarget.remove()} /> : null}
    </span>
  );
}

export function PersonAvatar({ person, size, online }: { person: Person; size?: Props["size"]; online?: boolean }) {
  return <Avatar name={person.nick} src={person.avatar} size={size} online={online} seed={person.id} />;
}

export function ConversationAvatar({ of, size, online }: { of: Brief | Conversation; size?: Props["size"]; online?: boolean }) {
  const other = "other" in of ? of.other : null;
  return <Avatar name={nameOf(of)} src={other?.avatar ?? of.avatar} size={size} online={online} seed={other?.id ?? of.id} />;
}

function initial(name: string): string {
  return [...name.trim()][0]?.toLocaleUpperCase() ?? "";
}
