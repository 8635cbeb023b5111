import { CloudError } from '../errors.ts';
import type { Line, WireParameters } from '../calling/line.ts';
import { byNumber } from '../calling/paging.ts';
import { wireObject } from '../calling/wire-answer.ts';
import type { WireObject } from '../calling/wire-answer.ts';

/**
 * Reads an ESS list that is paged by number to its end.
 * @throws CloudError class `network` for an answer with neither the list nor a count: Auto Scaling did not give it
 */
export function readAll(
  line: Line<'ess'>,
  action: string,
  listName: string,
  parameters: WireParameters,
  pageSize = 50,
): Promise<readonly WireObject[]> {
  return byNumber(pageSize, async (pageNumber) => {
    const raw = await line.callByForm(action, {
      RegionId: line.regionId,
      ...parameters,
      PageNumber: pageNumber,
      PageSize: pageSize,
    });
    const answer = wireObject(raw);
    const total = answer.number('TotalCount');
    if (total === undefined && !Array.isArray(raw[listName]))
      throw new CloudError({ product: 'ess', action, errorClass: 'network' });
    return { items: answer.objects(listName), total };
  });
}
