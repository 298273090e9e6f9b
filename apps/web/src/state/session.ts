// Signing in, up and out.
import { signal } from "@preact/signals";
import { deviceName } from "../lib/device";
import { forgetAccount } from "../lib/storage";
import type { Me } from "../wire/types";
import { conversations, forgetWanted, listKnown, replaceAll } from "./conversations";
import { forgetHappenings } from "./happenings";
import { forgetLogs } from "./logs";
import { me } from "./me";
import { forgetMembers } from "./members";
import { connection, live, request } from "./net";
import { outbox, setSignedIn } from "./outbox";
import { NOBODY, setContacts, setInvitations } from "./people";
import { eraseSnapshot } from "./snapshot";
import { forgetDrafts } from "./drafts";
import { forgetPlaces } from "./places";
import { go } from "./route";
import { setToken, token } from "./token";

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
  const answer = await request("login", { who: who.trim(), password, device: deviceName() });
  await enter(answer.me, answer.token);
}

export async function signUp(fields: { handle: string; nick: string; password: string; email: string; invitation: string }): Promise<void> {
  const { handle, email, invitation } = fields;
  await connection.ready();
  const answer = await request("register", {
    nick: fields.nick.trim(),
    password: fields.password,
    device: deviceName(),
    ...(handle.trim() === "" ? {} : { handle: handle.trim() }),
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

/** Everything of the account leaves this device. */
export async function left(why: "ended" | "deleted" | null): Promise<void> {
  setToken(null);
  setSignedIn(false);
  live.value = false;
  ended.value = why;
  phase.value = "signed-out";
  forgetAccount();
  forgetDrafts();
  forgetPlaces();
  forgetLogs();
  forgetMembers();
  forgetHappenings();
  forgetWanted();
  replaceAll([]);
  listKnown.value = false;
  setContacts(NOBODY);
  setInvitations([]);
  me.value = null;
  conversations.value = new Map();
  go({ name: "chats" });
  await Promise.all([outbox.clear(), eraseSnapshot()]);
  // A connection belongs to one account; the next one gets its own.
  connection.restart();
  connection.nudge();
}
