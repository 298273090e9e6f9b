// Where one was in each conversation: the first message on the screen, and how far from the top. Being at the end is no place.
import { beforeLeaving, keep, recall } from "../lib/storage";
import type { ConversationId, Seq } from "../wire/types";
import { atEpoch } from "./parting";
import { ours } from "./token";

export interface Place {
  seq: Seq;
  /** Pixels from the top of the list to the top of the message. */
  offset: number;
}

let places: Record<string, Place> = recall("places", {});
let later: ReturnType<typeof setTimeout> | undefined;

export function placeOf(id: ConversationId): Place | undefined {
  return places[String(id)];
}

export function setPlace(id: ConversationId, place: Place | null): void {
  if (place === null) delete places[String(id)];
  else places[String(id)] = place;
  clearTimeout(later);
  later = setTimeout(write, 400);
}

function write(): void {
  if (later === undefined) return;
  clearTimeout(later);
  later = undefined;
  if (ours()) keep("places", places);
}
beforeLeaving(write);

/** The places of the account that has just come. */
export function recallPlaces(): void {
  places = recall("places", {});
}

atEpoch(() => {
  clearTimeout(later);
  later = undefined;
  places = {};
  if (ours()) keep("places", null);
});
