import type { Line, WireParameters } from '../calling/line.ts';
import { byNumber } from '../calling/paging.ts';
import { wireObject } from '../calling/wire-answer.ts';
import type { WireObject } from '../calling/wire-answer.ts';

/** Reads an ESS list that is paged by number to its end. */
export function readAll(
  line: Line<'ess'>,
  action: string,
  listName: string,
  parameters: WireParameters,
  pageSize = 50,
): Promise<readonly WireObject[]> {
  return byNumber(pageSize, async (pageNumber) => {
    const answer = wireObject(
      await line.callByForm(action, {
        RegionId: line.regionId,
        ...parameters,
        PageNumber: pageNumber,
        PageSize: pageSize,
      }),
    );
    return { items: answer.objects(listName), total: answer.number('TotalCount') };
  });
}
