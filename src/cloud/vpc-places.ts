import type { Line } from './calling/line.ts';

/** A region. */
export interface Place {
  readonly regionId: string;
  readonly name: string | undefined;
}

/** Zones where vSwitches can be made (VPC DescribeZones). */
export async function listZones(
  line: Line<'vpc'>,
): Promise<readonly { readonly zoneId: string; readonly name: string | undefined }[]> {
  const answer = await line.call('DescribeZones', { regionId: line.regionId, acceptLanguage: 'en-US' });
  return (answer.zones?.zone ?? []).flatMap((zone) =>
    zone.zoneId === undefined ? [] : [{ zoneId: zone.zoneId, name: zone.localName }],
  );
}

/** All regions (VPC DescribeRegions). */
export async function listRegions(line: Line<'vpc'>): Promise<readonly Place[]> {
  const answer = await line.call('DescribeRegions', { acceptLanguage: 'en-US' });
  return (answer.regions?.region ?? []).flatMap((region) =>
    region.regionId === undefined ? [] : [{ regionId: region.regionId, name: region.localName }],
  );
}
