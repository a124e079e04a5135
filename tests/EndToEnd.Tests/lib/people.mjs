/** Four people who cannot be mistaken for each other. */
export const ada = { identity: "ada", name: "Ada", colour: "red", tone: 440 };
export const ben = { identity: "ben", name: "Ben", colour: "green", tone: 700 };
export const cleo = { identity: "cleo", name: "Cleo", colour: "blue", tone: 1100 };
export const dai = { identity: "dai", name: "Dai", colour: "amber", tone: 1700 };
