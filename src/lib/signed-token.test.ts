import { expect, test } from "vitest";
import { createTokenSigner } from "./signed-token.ts";

const key = new Uint8Array(32).fill(7);

test("opens what it signed until it expires", () => {
  let now = 1000;
  const signer = createTokenSigner(key, "a", () => now);
  const token = signer.sign({ x: 1 }, 500);
  expect(signer.open(token)).toEqual({ x: 1 });
  now = 1500;
  expect(signer.open(token)).toBeUndefined();
});

test("refuses other purposes, other keys, and every changed character", () => {
  const token = createTokenSigner(key, "a").sign({ x: 1 }, 60_000);
  expect(createTokenSigner(key, "b").open(token)).toBeUndefined();
  expect(createTokenSigner(new Uint8Array(32), "a").open(token)).toBeUndefined();
  for (let i = 0; i < token.length; i++) {
    const changed = `${token.slice(0, i)}${token[i] === "x" ? "y" : "x"}${token.slice(i + 1)}`;
    expect(createTokenSigner(key, "a").open(changed)).toBeUndefined();
  }
  for (const text of ["", ".", "a.", ".a", "not a token"]) expect(createTokenSigner(key, "a").open(text)).toBeUndefined();
});
