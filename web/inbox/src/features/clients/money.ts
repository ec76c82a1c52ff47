import { currentLanguage } from "../../i18n/index.ts";

// Decimals as the contract writes them, "1200000.50": shown and read exactly, never as floating point.

/** "1 200 000,5" and "1,4" of what the contract says; without zeros that say nothing. */
export function decimalText(decimal: string): string {
  const [whole = "0", part = ""] = decimal.split(".");
  const decimals = part.replace(/0+$/u, "");
  const ru = currentLanguage() === "ru";
  const grouped = new Intl.NumberFormat(ru ? "ru-RU" : "en-GB").format(BigInt(whole || "0"));
  return decimals ? `${grouped}${ru ? "," : "."}${decimals}` : grouped;
}

/** An amount: with two decimals or none. */
export function amountText(decimal: string): string {
  return decimalText(decimal).replace(/([.,])(\d)$/u, "$1$20");
}

type Limits = { whole: number; decimals: number };

/** What people type, as the contract writes it: spaces may part thousands, a comma is a point. `undefined`: it is no such number. */
export function readDecimal(typed: string, { whole, decimals }: Limits): string | undefined {
  const close = typed.replaceAll(/\s/gu, "");
  const inThousands = currentLanguage() === "en" && /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/u.test(close);
  const plain = inThousands ? close.replaceAll(",", "") : close.replace(",", ".");
  const found = /^0*(\d+)(?:\.(\d+))?$/u.exec(plain);
  const [, digits = "", part = ""] = found ?? [];
  return found && digits.length <= whole && part.length <= decimals ? plain : undefined;
}

/** Of a base amount and of one set by hand. */
export function readAmount(typed: string): string | undefined {
  return readDecimal(typed, { whole: 13, decimals: 2 });
}
