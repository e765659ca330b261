/**
 * Ids for messages that we send, so that a later start knows whether one has arrived.
 *
 * OpenCode sorts the messages of a session by their ids: twelve hexadecimal digits of its clock (milliseconds times 4096,
 * the lowest 48 bits), then random characters. Ours follow the session's last message or its beginning instead of our own
 * clock, which may be ahead of the server's.
 */
import { randomInt } from "node:crypto";

const characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const randomLength = 14;
const clockMask = (1n << 48n) - 1n;

/**
 * @param lastId the session's last message; null: it has none
 * @param createdMs when the session was made, by the server's clock
 */
export function messageIdAfter(lastId: string | null, createdMs: number): string {
  const last = lastId === null ? undefined : /^msg_([0-9a-f]{12})/.exec(lastId)?.[1];
  const place = last === undefined ? BigInt(Math.trunc(createdMs)) * 4096n : BigInt(`0x${last}`) + 1n;
  const random = Array.from({ length: randomLength }, () => characters[randomInt(characters.length)]);
  return `msg_${(place & clockMask).toString(16).padStart(12, "0")}${random.join("")}`;
}
