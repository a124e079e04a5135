import { element } from "./dom.js";
import type { Explanation } from "./words.js";

/** One clear message, and a way on if there is one. */
export function messageView(
  kind: string,
  { title, advice, canRetry }: Explanation,
  details: string | undefined,
  onRetry?: () => void,
): HTMLElement {
  const retry = element(
    "button",
    { class: "primary", type: "button", onclick: () => onRetry?.(), "data-testid": "retry-button" },
    "Join again",
  );
  return element(
    "main",
    { class: "message-view", "data-testid": "message", "data-kind": kind },
    element(
      "section",
      { class: "card", role: "alert" },
      element("h1", {}, title),
      element("p", { class: "advice" }, advice),
      details !== undefined && element("p", { class: "hint" }, details),
      canRetry && onRetry !== undefined && retry,
    ),
  );
}
