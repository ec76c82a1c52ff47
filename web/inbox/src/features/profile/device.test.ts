import { expect, test } from "vitest";
import { deviceName } from "./device.ts";

test("a session is called by browser and system", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
  expect(deviceName(chrome)).toBe("Chrome 156 · Linux");
  expect(deviceName(`${chrome} Edg/156.0.0.0`.replace("X11; Linux x86_64", "Windows NT 10.0; Win64; x64"))).toBe("Edge 156 · Windows");
  expect(deviceName(`${chrome} YaBrowser/26.9.0`)).toBe("Yandex Browser 26 · Linux");
  expect(deviceName("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0")).toBe("Firefox 150 · Windows");
  expect(deviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1")).toBe("Safari 19 · iOS");
});

test("what is unknown is shown as it is", () => {
  expect(deviceName("grpcurl/1.9")).toBe("grpcurl/1.9");
  expect(deviceName("")).toBe("—");
});
