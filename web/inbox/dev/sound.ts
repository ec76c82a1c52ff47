const RATE = 8_000;

/** A small WAV of a few tones with pauses, so that a waveform has something to show. */
export function sound(seconds: number): Buffer {
  const samples = Buffer.alloc(RATE * seconds);
  for (let index = 0; index < samples.length; index += 1) {
    const at = index / RATE;
    const loud = Math.abs(Math.sin(at * 2.1) * Math.sin(at * 0.7 + 1));
    samples[index] = 128 + Math.round(90 * loud * Math.sin(2 * Math.PI * (220 + 60 * Math.floor(at)) * at));
  }
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + samples.length, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}
