import { readFile } from 'node:fs/promises';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { FONT } from './option.ts';

/** Pixels of the picture for each that is seen: sharp on fine screens. */
const ZOOM = 2;

let ready: Promise<Uint8Array[]> | undefined;

/** An SVG document as a PNG image of twice its size. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  ready ??= prepare();
  const fontBuffers = await ready;
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: ZOOM },
    font: { fontBuffers, defaultFontFamily: FONT },
  });
  const image = drawing.render();
  try {
    return image.asPng();
  } finally {
    image.free();
    drawing.free();
  }
}

async function prepare(): Promise<Uint8Array[]> {
  await initWasm(await readFile(new URL(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm'))));
  return Promise.all([
    readFile(new URL(import.meta.resolve('@fontsource/inter/files/inter-latin-400-normal.woff2'))),
    readFile(new URL(import.meta.resolve('@fontsource/inter/files/inter-latin-600-normal.woff2'))),
  ]);
}
