import { BlobSource, BufferTarget, EncodedAudioPacketSource, EncodedPacketSink, Input, OggOutputFormat, Output, WEBM } from "mediabunny";

/**
 * The same Opus packets in an Ogg instead of a WebM: messengers take a voice message in Ogg alone, browsers but Firefox
 * record WebM alone. Nothing is decoded, so nothing is lost. Fails when there is no Opus sound in it.
 */
export async function toOgg(webm: Blob): Promise<Blob> {
  const input = new Input({ source: new BlobSource(webm), formats: [WEBM] });
  const track = await input.getPrimaryAudioTrack();
  const decoderConfig = await track?.getDecoderConfig();
  if (!track || !decoderConfig || track.codec !== "opus") throw new Error("the recording holds no Opus");
  const target = new BufferTarget();
  const output = new Output({ format: new OggOutputFormat(), target });
  const source = new EncodedAudioPacketSource("opus");
  output.addAudioTrack(source);
  await output.start();
  for await (const packet of new EncodedPacketSink(track).packets()) await source.add(packet, { decoderConfig });
  await output.finalize();
  if (!target.buffer) throw new Error("nothing was written");
  return new Blob([target.buffer], { type: "audio/ogg" });
}
