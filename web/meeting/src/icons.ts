/** Strokes on a 24 × 24 sheet. */
const paths = {
  microphone: "M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3",
  microphoneOff:
    "M15 9.5v-3a3 3 0 0 0-5.8-1M9 9.5v2a3 3 0 0 0 4.5 2.6M5.5 11.5a6.5 6.5 0 0 0 10.6 5M18.5 11.5c0 .9-.2 1.7-.5 2.5M12 18v3M4 4l16 16",
  camera: "M5 6.5h8a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2ZM15 10.8l5-3v8.4l-5-3",
  cameraOff:
    "M8.5 6.5H13a2 2 0 0 1 2 2V11l5-3.2v8.4l-3-1.8M15 15.5a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-7a2 2 0 0 1 1.5-1.9M3.5 3.5l17 17",
  screen:
    "M4.5 5h15A1.5 1.5 0 0 1 21 6.5v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 15.5v-9A1.5 1.5 0 0 1 4.5 5ZM8.5 20.5h7M12 14V8.5M9.5 10.8 12 8.3l2.5 2.5",
  chat: "M5 4.5h14A1.5 1.5 0 0 1 20.5 6v9a1.5 1.5 0 0 1-1.5 1.5h-7.5L7 20v-3.5H5A1.5 1.5 0 0 1 3.5 15V6A1.5 1.5 0 0 1 5 4.5ZM8 9h8M8 12.2h5",
  people:
    "M9 11.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM3 19c0-3 2.7-4.7 6-4.7s6 1.7 6 4.7M15.5 5.3a3.2 3.2 0 0 1 0 6M17.5 14.7c2.1.6 3.5 2 3.5 4.3",
  hand: "M8 12.5V6.3a1.3 1.3 0 0 1 2.6 0V11m0-5.9V4.5a1.3 1.3 0 0 1 2.6 0V11m0-5a1.3 1.3 0 0 1 2.6 0v6m0-3.5a1.3 1.3 0 0 1 2.6 0V14c0 4-2.4 6.5-6 6.5-3 0-4.6-1.4-6-4l-1.9-3.4a1.3 1.3 0 0 1 2.2-1.3L8 13.5",
  smile:
    "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM8.5 14.2c.8 1.2 2 1.9 3.5 1.9s2.7-.7 3.5-1.9M9 9.5v.6M15 9.5v.6",
  leave:
    "M3.5 14.3c0-1 .3-1.7 1.2-2.3A13.5 13.5 0 0 1 12 10c2.8 0 5.2.7 7.3 2 .9.6 1.2 1.3 1.2 2.3v1.2a1 1 0 0 1-1.2 1l-3-.6a1 1 0 0 1-.8-.9l-.1-1.7a11.3 11.3 0 0 0-6.8 0l-.1 1.7a1 1 0 0 1-.8.9l-3 .6a1 1 0 0 1-1.2-1Z",
  settings:
    "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4ZM9 19.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  close: "M6 6l12 12M18 6 6 18",
  send: "M4 12h14M12.5 6l6 6-6 6",
  pin: "M9 4h6l-.7 6 3.2 3.5H6.5L9.7 10 9 4ZM12 13.5V20",
  sound: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11",
  remove: "M10 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3.5 19.5c0-3.2 2.9-5 6.5-5 1.2 0 2.3.2 3.3.6M15.5 17.5h5.5",
  weak: "M5 18v-3M10 18v-6M15 18V9M20 18V6",
} as const;

export type IconName = keyof typeof paths;

const svgNamespace = "http://www.w3.org/2000/svg";

/** A decoration: whoever uses it says in words what it means. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(svgNamespace, "path"));
  changeIcon(svg, name);
  return svg;
}

export function changeIcon(svg: SVGSVGElement, name: IconName): void {
  if (svg.dataset["name"] !== name) {
    svg.dataset["name"] = name;
    svg.firstElementChild!.setAttribute("d", paths[name]);
  }
}
