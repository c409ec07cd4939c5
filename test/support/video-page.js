// What a page of a browser does with a video, and tells the test. It is evaluated in the page as it is.
globalThis.videoPage = (() => {
  // The pictures of `numbered` in media.ts show their number: columns from the left, dark or bright, the lowest bit first.
  const COLUMNS = 10;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let video;
  let pictures = [];
  let presented = { count: 0, mediaTime: 0 };

  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  /** The number of the picture that is shown, by its pixels. */
  function number() {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    context.drawImage(video, 0, 0);
    let value = 0;
    for (let column = 0; column < COLUMNS; column += 1) {
      const x = Math.floor(((column + 0.5) * canvas.width) / COLUMNS);
      const [, green] = context.getImageData(x, Math.floor(canvas.height / 2), 1, 1).data;
      if (green > 128) value += 2 ** column;
    }
    return value;
  }

  function watch() {
    pictures = [];
    const onFrame = (_, { mediaTime }) => {
      presented = { count: presented.count + 1, mediaTime };
      pictures.push(number());
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
  }

  const problem = () => new Error(`${video.currentSrc}: ${video.error?.code} ${video.error?.message}`);

  /** Resolves when nothing more comes. */
  function ended() {
    return new Promise((resolve, reject) => {
      if (video.error) reject(problem());
      if (video.ended) resolve();
      video.addEventListener("ended", resolve);
      video.addEventListener("error", () => reject(problem()));
    });
  }

  function outcome() {
    const { duration, currentTime, webkitAudioDecodedByteCount: soundBytes } = video;
    return { pictures, duration: Number.isFinite(duration) ? duration : null, currentTime, soundBytes };
  }

  return {
    /** Plays a file to its end. */
    async play(url) {
      video = document.createElement("video");
      Object.assign(video, { muted: true, playsInline: true, crossOrigin: "anonymous", src: url });
      document.body.append(video);
      watch();
      await video.play();
      await ended();
      return outcome();
    },

    /** What the browser shows of a file that was opened as a page. */
    async opened() {
      video = document.querySelector("video");
      video.muted = true;
      watch();
      await ended();
      // The end may have come before the pictures were watched.
      if (video.videoWidth > 0) pictures.push(number());
      return outcome();
    },

    /** Shows the first picture of a file. */
    async show(url) {
      video = document.createElement("video");
      Object.assign(video, { muted: true, playsInline: true, crossOrigin: "anonymous", src: url });
      document.body.append(video);
      const shown = new Promise((resolve, reject) => {
        video.requestVideoFrameCallback(resolve);
        video.addEventListener("error", () => reject(problem()));
      });
      await shown;
      return number();
    },

    /** Seeks in what was played, and tells which picture is shown then. */
    async seek(seconds) {
      video.pause();
      const before = presented.count;
      const seeked = new Promise((resolve) => video.addEventListener("seeked", resolve, { once: true }));
      video.currentTime = seconds;
      await seeked;
      // The picture comes after the event, and one from before the seek may come first.
      for (let seen = before; seen === before || seen !== presented.count; await sleep(100))
        seen = presented.count;
      return { number: number(), mediaTime: presented.mediaTime };
    },

    /** How often a second the sound of a file goes up through zero, in the middle of each of its seconds. */
    async pitches(url) {
      const bytes = await (await fetch(url)).arrayBuffer();
      const sound = await new OfflineAudioContext(1, 1, 48_000).decodeAudioData(bytes);
      const samples = sound.getChannelData(0);
      const all = [];
      for (let second = 0; second + 1 <= sound.duration; second += 1) {
        const from = Math.floor((second + 0.25) * sound.sampleRate);
        let crossings = 0;
        for (let at = from; at < from + sound.sampleRate / 2; at += 1)
          if (samples[at] < 0 && samples[at + 1] >= 0) crossings += 1;
        all.push(2 * crossings);
      }
      return all;
    },
  };
})();
