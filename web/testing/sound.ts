const RATE = 8_000;

/** A tone as a WAV file: the shortest thing that every browser plays. */
export function tone(seconds: number, hertz = 440): Buffer {
  return wav(seconds, (at) => Math.sin(2 * Math.PI * hertz * at));
}

/** A few tones with pauses, so that a waveform has something to show. */
export function melody(seconds: number): Buffer {
  return wav(seconds, (at) => Math.abs(Math.sin(at * 2.1) * Math.sin(at * 0.7 + 1)) * Math.sin(2 * Math.PI * (220 + 60 * Math.floor(at)) * at));
}

/** 8-bit samples of a wave between -1 and 1, by its second. */
function wav(seconds: number, wave: (at: number) => number): Buffer {
  const samples = Buffer.from(Array.from({ length: Math.round(RATE * seconds) }, (_, n) => 128 + Math.round(90 * wave(n / RATE))));
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
