/** The process that draws: the libraries are large and slow, and the bot has people to answer. */
import type { Chart } from './chart.ts';
import type { Drawn } from './draw.ts';
import { pngOf } from './png.ts';
import { svgOf } from './svg.ts';

process.on('message', (chart: Chart) => {
  void drawn(chart).then((answer) => process.send?.(answer));
});

async function drawn(chart: Chart): Promise<Drawn> {
  try {
    return { png: await pngOf(svgOf(chart)) };
  } catch (error) {
    return { trouble: error instanceof Error ? error.message : String(error) };
  }
}
