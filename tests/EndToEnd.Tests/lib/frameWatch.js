/* Runs inside the page: how long each person's picture stood still, at the longest, and how long the page itself did. */
(() => {
  const everyMs = 40;
  let timer;

  window.frameWatch = {
    start(identities) {
      clearInterval(timer);
      const startedAt = performance.now();
      const watched = Object.fromEntries(
        identities.map((identity) => [identity, { frames: -1, changedAt: startedAt, longestMs: 0, total: 0 }]),
      );
      let lookedAt = startedAt;
      let stalledMs = 0;
      const look = () => {
        const now = performance.now();
        stalledMs = Math.max(stalledMs, now - lookedAt - everyMs);
        lookedAt = now;
        for (const [identity, watch] of Object.entries(watched)) {
          const video = document.querySelector(
            `[data-testid=tile][data-identity="${identity}"][data-source="camera"] video`,
          );
          const frames = video?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
          watch.longestMs = Math.max(watch.longestMs, now - watch.changedAt);
          // A picture that is gone has no frames; a new one counts from the beginning.
          if (frames > 0 && frames !== watch.frames) {
            watch.total += watch.frames >= 0 ? 1 : 0;
            watch.frames = frames;
            watch.changedAt = now;
          }
        }
      };
      timer = setInterval(look, everyMs);
      window.frameWatch.read = () => {
        look();
        return { stalledMs: Math.round(stalledMs), watched };
      };
    },
  };
})();
