/** A tone as a WAV file of 8-bit samples: the shortest thing that every browser plays. */
export function sound(seconds: number, hertz = 440): Buffer {
  const rate = 8000;
  const samples = Buffer.from(Array.from({ length: Math.round(rate * seconds) }, (_, n) => 128 + Math.round(90 * Math.sin((2 * Math.PI * hertz * n) / rate))));
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "ascii");
  header.writeUInt32LE(36 + samples.length, 4);
  header.write("WAVEfmt ", 8, "ascii");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write("data", 36, "ascii");
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}
