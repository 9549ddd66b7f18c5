/** A short sound, made by the browser itself. */

const HZ = 880;
const S = 0.18;
const LOUDNESS = 0.08;

/** Silent if the browser allows no sound yet: it wants the page to be used first. */
export function beep(): void {
  try {
    const audio = new AudioContext();
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    tone.frequency.value = HZ;
    volume.gain.setValueAtTime(LOUDNESS, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + S);
    tone.connect(volume).connect(audio.destination);
    tone.onended = () => void audio.close();
    tone.start();
    tone.stop(audio.currentTime + S);
  } catch {
    // There is no sound here.
  }
}
