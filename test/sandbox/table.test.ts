import { expect, test } from 'vitest';
import { Table } from '../../sandbox/alibaba/table.ts';

interface Thing {
  readonly id: string;
  marks: readonly string[];
}

function tableOf(...things: readonly Thing[]): Table<Thing> {
  const table = new Table<Thing>((thing) => thing.marks);
  for (const thing of things) table.set(thing.id, thing);
  return table;
}

const ids = (things: readonly Thing[]) => things.map((thing) => thing.id);

test('finds what bears a mark, and each thing by its own key', () => {
  const table = tableOf(
    { id: 'a', marks: ['red'] },
    { id: 'b', marks: ['blue'] },
    { id: 'c', marks: ['red'] },
  );

  expect(ids(table.bearing('red'))).toEqual(['a', 'c']);
  expect(ids(table.bearing('b'))).toEqual(['b']);
  expect(ids(table.bearing('green'))).toEqual([]);
  expect(table.count('red')).toBe(2);
});

test('keeps the order of age, whoever is marked later or found by several marks', () => {
  const oldest: Thing = { id: 'a', marks: [] };
  const table = tableOf(oldest, { id: 'b', marks: ['red'] }, { id: 'c', marks: ['blue', 'red'] });

  oldest.marks = ['red'];
  table.remark('a');

  expect(ids(table.bearing('red'))).toEqual(['a', 'b', 'c']);
  expect(ids(table.bearing('blue', 'red', 'c'))).toEqual(['a', 'b', 'c']);
});

test('forgets marks that a thing lost, and things that are gone', () => {
  const changing: Thing = { id: 'a', marks: ['red'] };
  const table = tableOf(changing, { id: 'b', marks: ['red'] });

  changing.marks = ['blue'];
  table.remark('a');
  table.delete('b');
  table.remark('b');

  expect(ids(table.bearing('red'))).toEqual([]);
  expect(ids(table.bearing('blue'))).toEqual(['a']);
  table.clear();
  expect(ids(table.bearing('blue', 'a'))).toEqual([]);
});

test('narrows by the demand that fewest meet, and by none that most do', () => {
  const table = tableOf(
    { id: 'a', marks: ['all', 'red'] },
    { id: 'b', marks: ['all', 'red'] },
    { id: 'c', marks: ['all', 'blue'] },
    { id: 'd', marks: ['all'] },
  );

  expect(ids(table.narrowed('all', ['red', 'blue'], 'blue'))).toEqual(['c']);
  expect(ids(table.narrowed('all', undefined, []))).toEqual(['a', 'b', 'c', 'd']);
  expect(ids(table.narrowed('green'))).toEqual([]);
});
