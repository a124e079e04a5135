import { element } from "./dom.js";
import { icon } from "./icons.js";

/** The frame of what opens beside the pictures; Escape closes it. */
export function panel(
  name: "chat" | "people",
  title: string,
  onClose: () => void,
  ...content: HTMLElement[]
): HTMLElement {
  const close = element("button", {
    class: "quiet-button",
    type: "button",
    "aria-label": `Close ${title.toLowerCase()}`,
    onclick: onClose,
  });
  close.append(icon("close"));
  return element(
    "aside",
    {
      class: "panel",
      "aria-label": title,
      "data-testid": `${name}-panel`,
      hidden: true,
      onkeydown: (event: KeyboardEvent) => {
        if (event.key === "Escape") {
          onClose();
        }
      },
    },
    element("header", { class: "panel-header" }, element("h2", {}, title), close),
    ...content,
  );
}
