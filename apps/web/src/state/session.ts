// Signing in, up and out.
import { signal } from "@preact/signals";
import { deviceName } from "../lib/device";
import { forgetAccount, recall } from "../lib/storage";
import { sought } from "../lib/text";
import type { AccountId, Me } from "../wire/types";
import { me } from "./me";
import { connection, everLive, live, request } from "./net";
import { outbox, setSignedIn } from "./outbox";
import { part } from "./parting";
import { eraseSnapshot, forgetSnapshot } from "./snapshot";
import { recallDrafts } from "./drafts";
import { recallPlaces } from "./places";
import { go } from "./route";
import { keptToken, ours, setToken, token } from "./token";

/** `starting` until the first answer to the kept token. */
export type Phase = "signed-out" | "starting" | "signed-in";
export const phase = signal<Phase>(token.peek() === null ? "signed-out" : "starting");
/** Why one is signed out, if not by oneself. */
export const ended = signal<"ended" | "deleted" | null>(null);

type Entered = (me: Me) => Promise<void>;
let entered: Entered = () => Promise.resolve();

/** What follows on signing in; sync.ts sets it. */
export function onEntered(how: Entered): void {
  entered = how;
}

export async function signIn(who: string, password: string): Promise<void> {
  await connection.ready();
  const answer = await request("login", { who: sought(who), password, device: deviceName() });
  await enter(answer.me, answer.token);
}

export async function signUp(fields: { handle: string; nick: string; password: string; email: string; invitation: string }): Promise<void> {
  const { handle, email, invitation } = fields;
  await connection.ready();
  const answer = await request("register", {
    nick: fields.nick.trim(),
    password: fields.password,
    device: deviceName(),
    ...(sought(handle) === "" ? {} : { handle: sought(handle) }),
    ...(email.trim() === "" ? {} : { email: email.trim() }),
    ...(invitation.trim() === "" ? {} : { invitation: invitation.trim() }),
  });
  await enter(answer.me, answer.token);
}

/** Has a link for another password mailed, if the address is somebody's. */
export async function recover(email: string): Promise<void> {
  await connection.ready();
  await request("recover", { who: email.trim(), email: email.trim() });
}

async function enter(who: Me, secret: string): Promise<void> {
  // Whoever was here before leaves nothing to whoever comes.
  await eraseSnapshot();
  forgetAccount();
  setToken(secret);
  ended.value = null;
  me.value = who;
  await entered(who);
  phase.value = "signed-in";
}

export async function signOut(): Promise<void> {
  if (connection.status.peek() === "up") await request("logout", {}).catch(() => undefined);
  await left(null);
}

/**
 * Everything of the account leaves this device, but what waits to be sent where that `stays`. Where another window is signed in by now,
 * what the browser keeps is that one's.
 */
export async function left(why: "ended" | "deleted" | null, stays = false): Promise<void> {
  const [own, account, kept] = [token.peek(), me.peek()?.id ?? recall<AccountId | null>("account", null), keptToken()];
  const theirs = kept !== null && kept !== own;
  const same = theirs && (account === null || account === recall<AccountId | null>("account", null));
  forget(why);
  if (!theirs) {
    setToken(null);
    forgetAccount();
  }
  // The same account, signed in anew elsewhere: what waits there is to be sent.
  await Promise.all([same || stays ? undefined : outbox.clear(account), theirs ? undefined : eraseSnapshot()]);
  if (theirs) return followToken();
  // A connection belongs to one account; the next one gets its own.
  connection.restart();
  connection.nudge();
}

/** Another window has signed out, or in as somebody else: this one goes along, and touches nothing of what the browser keeps. */
export function followToken(): void {
  if (ours()) return;
  forget(null);
  const kept = keptToken();
  token.value = kept;
  if (kept !== null) {
    recallDrafts();
    recallPlaces();
    phase.value = "starting";
  }
  connection.restart();
  connection.nudge();
}

/** As if the page had been opened just now, by nobody. */
function forget(why: "ended" | "deleted" | null): void {
  token.value = null;
  setSignedIn(false);
  live.value = false;
  everLive.value = false;
  ended.value = why;
  phase.value = "signed-out";
  me.value = null;
  forgetSnapshot();
  outbox.forget();
  part();
  go({ name: "chats" });
}
