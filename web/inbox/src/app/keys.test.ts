import { expect, test } from "vitest";
import { type CommandId, COMMANDS } from "./commands.ts";
import { fits, keyName } from "./keys.ts";

type Press = Parameters<typeof fits>[0];
const press = (key: string, code: string, part: Partial<Press> = {}): Press => ({ key, code, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...part });
const fires = (id: CommandId, event: Press): boolean => {
  const { key } = COMMANDS[id];
  return key !== undefined && fits(event, key, false);
};

const RUSSIAN: Record<string, string> = { j: "о", k: "л", t: "е", a: "ф", e: "у", r: "к", n: "т", h: "р", u: "г", i: "ш", z: "я", x: "ч", g: "п" };

test("every letter of the table fires on the Russian layout, and on its own letter wherever it lies", () => {
  for (const [id, { key }] of Object.entries(COMMANDS)) {
    if (!key || !("letter" in key)) continue;
    const modifiers = { ctrlKey: "mod" in key, altKey: "alt" in key, shiftKey: "shift" in key };
    const code = `Key${key.letter.toUpperCase()}`;
    expect(fires(id as CommandId, press(RUSSIAN[key.letter] ?? "", code, modifiers)), id).toBe(true);
    expect(fires(id as CommandId, press(key.letter, "KeyX", modifiers)), id).toBe(true);
  }
});

test("on a French layout the letter counts and not the place", () => {
  expect(fires("conversation.assign", press("q", "KeyA"))).toBe(false);
  expect(fires("conversation.assign", press("a", "KeyQ"))).toBe(true);
});

test("punctuation is bound by place: the Russian key right of ю types a full stop and is the search", () => {
  expect(fires("app.search", press(".", "Slash"))).toBe(true);
  expect(fires("app.help", press(",", "Slash", { shiftKey: true }))).toBe(true);
  expect(fires("app.search", press(".", "Slash", { shiftKey: true }))).toBe(false);
});

test("another modifier is another command", () => {
  expect(fires("conversation.reply", press("r", "KeyR", { ctrlKey: true }))).toBe(false);
  expect(fires("composer.send", press("Enter", "Enter", { ctrlKey: true }))).toBe(true);
  expect(fires("composer.send", press("Enter", "Enter", { ctrlKey: true, shiftKey: true }))).toBe(false);
  expect(fits(press("Enter", "Enter", { metaKey: true }), COMMANDS["composer.send"].key, true)).toBe(true);
});

test("keys are written as people write them", () => {
  expect(keyName(COMMANDS["composer.sendAndFinish"].key, false)).toBe("Ctrl+Shift+Enter");
  expect(keyName(COMMANDS["app.help"].key, false)).toBe("?");
  expect(keyName(COMMANDS["conversation.take"].key, false)).toBe("T");
});
