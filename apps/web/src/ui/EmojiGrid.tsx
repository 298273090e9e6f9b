// A small set of emoji that most messages do with; everything else comes from the keyboard of the device.
import { t } from "../i18n";

export const QUICK = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

const GROUPS = {
  "emoji.faces": "😀 😄 😁 😆 😅 😂 🤣 🙂 🙃 😉 😊 😇 🥰 😍 😘 😋 😜 🤪 🤗 🤔 🤨 😐 😑 🙄 😏 😴 😌 😎 🤓 🥳 😕 🙁 😮 😯 😳 🥺 😢 😭 😱 😤 😡 🤯 🤒 🤧 🤢 🫠",
  "emoji.gestures": "👍 👎 👌 ✌️ 🤞 🤟 🤘 👏 🙌 🙏 🤝 💪 👋 🤚 ✋ 👇 👆 👉 👈 🫶 🤷 🤦 🙋 💁",
  "emoji.hearts": "❤️ 🧡 💛 💚 💙 💜 🖤 🤍 💔 ❣️ 💕 💞 💓 💗 💖 💘 💯 ✨ ⭐ 🌟 🔥 🎉 🎊 🎁",
  "emoji.things": "☕ 🍵 🍕 🍔 🍜 🍣 🍰 🎂 🍺 🍷 🍎 🍋 🌹 🌻 🌳 🌊 ☀️ 🌧️ ❄️ 🌙 🐱 🐶 🦊 🐼 🚗 🚲 ✈️ 🏠 ⏰ 📷 📚 💡 🎵 ⚽ ✅ ❌ ❓ ❗",
} as const;

export function EmojiGrid({ onPick }: { onPick: (emoji: string) => void }) {
  return (
    <div class="emoji" onKeyDown={walk}>
      {(Object.entries(GROUPS) as [keyof typeof GROUPS, string][]).map(([name, list]) => (
        <section key={name}>
          <h3>{t(name)}</h3>
          <div class="emoji-grid">
            {list.split(" ").map((emoji) => (
              <button key={emoji} type="button" onClick={() => onPick(emoji)} aria-label={emoji}>
                {emoji}
              </button>
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}

function walk(event: KeyboardEvent): void {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
  if (step === undefined) return;
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("button")];
  const next = all[all.indexOf(document.activeElement as HTMLElement) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
