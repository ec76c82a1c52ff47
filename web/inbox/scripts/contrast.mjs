// WCAG ratios of the tokens as the page pairs them: 4.5 for text, 3 for controls and icons.
const GROUNDS = ["canvas", "surface", "sunken", "hover", "selected"];
const TEXT = 4.5;
const SHAPE = 3;

const PAIRS = [
  ...["text", "muted", "faint"].map((name) => [name, GROUNDS, TEXT]),
  ["accent-text", GROUNDS, TEXT],
  ["control", ["canvas", "surface", "sunken"], SHAPE],
  ["focus", GROUNDS, SHAPE],
  ["on-accent", ["accent", "accent-hover"], TEXT],
  ["text", ["bubble-in", "bubble-out"], TEXT],
  ["muted", ["bubble-in", "bubble-out"], TEXT],
  ["accent-text", ["bubble-in", "bubble-out"], TEXT],
  ["note-text", ["note"], TEXT],
  ...["red", "amber", "green", "violet", "gray"].map((name) => [name, [`${name}-bg`], TEXT]),
  ["red", ["surface", "bubble-out"], SHAPE],
  ["amber", ["surface", "bubble-out"], SHAPE],
  ...["telegram", "whatsapp", "viber", "vk", "max", "email", "webchat", "call", "site", "other"].map((name) => [`channel-${name}`, GROUNDS, SHAPE]),
];

/** Every pair of `tokens.css` that falls short, in words. */
export function contrastProblems(css) {
  return Object.entries(schemes(css)).flatMap(([scheme, tokens]) =>
    PAIRS.flatMap(([front, grounds, least]) =>
      grounds.flatMap((ground) => {
        if (!tokens[front] || !tokens[ground]) return [`tokens.css: ${scheme} lacks --${tokens[front] ? ground : front}`];
        const ratio = contrast(tokens[front], tokens[ground]);
        return ratio < least ? [`tokens.css: ${scheme} --${front} on --${ground} is ${ratio.toFixed(2)}, ${least} is the least`] : [];
      }),
    ),
  );
}

function schemes(css) {
  const read = (block) => Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\s*;/gi)].map(([, name, value]) => [name, value]));
  const [light, dark] = css.split('[data-mantine-color-scheme="dark"]');
  return { light: read(light), dark: read(dark) };
}

function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
