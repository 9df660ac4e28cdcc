// Whether the reader follows the answer: whoever is at the end stays there, whoever scrolls up is left in peace.

const NEAR = 24;
let following = true;
let before = 0;

const height = () => document.documentElement.scrollHeight;
const isAtEnd = () => scrollY + innerHeight >= height() - NEAR;

export function toEnd() {
  following = true;
  scrollTo({ top: height(), behavior: "instant" });
}

/** Does something to the page and keeps a reader who follows at its end. */
export function keepingPlace(change) {
  change();
  if (following) toEnd();
}

/** Watches where the reader is; `changed(isFollowing)` shows or hides the way back to the end. */
export function watch(changed) {
  const look = () => {
    if (isAtEnd()) following = true;
    else if (scrollY < before - 1) following = false;
    before = scrollY;
    changed(isAtEnd());
  };
  addEventListener("scroll", look, { passive: true });
  return () => removeEventListener("scroll", look);
}
