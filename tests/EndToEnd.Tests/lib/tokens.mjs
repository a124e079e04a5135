import { createHmac } from "node:crypto";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A participant token as any JWT library would make it with the API key; every part can be made wrong. */
export function makeToken(apiKey, room, { claims = {}, header = {}, secret } = {}) {
  const [keyId, keySecret] = apiKey.split(".");
  const now = Math.floor(Date.now() / 1000);
  const body = {
    iss: keyId,
    sub: "somebody",
    iat: now,
    exp: now + 600,
    video: { room, roomJoin: true },
    ...claims,
  };
  const signed = `${encode({ alg: "HS256", typ: "JWT", ...header })}.${encode(body)}`;
  const signature = createHmac("sha256", secret ?? keySecret)
    .update(signed)
    .digest("base64url");
  return header.alg === "none" ? `${signed}.` : `${signed}.${signature}`;
}
