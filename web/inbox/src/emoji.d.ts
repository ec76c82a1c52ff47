/** Made by `build/emoji.ts`: the character, its group, words of both languages. */
declare module "virtual:emoji" {
  export const emoji: readonly (readonly [string, number, string])[];
}
