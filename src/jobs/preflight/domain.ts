import { isDomainName, printable } from '../../cluster/names.ts';
import { remarkOf } from '../resources/dns-record.ts';
import type { Tools } from '../steps/step-context.ts';
import type { Findings } from './findings.ts';

/** As long as a tag's value may be (ALB TagResources). */
const LONGEST = 128;

/** The domain: given, and with `alidns` in a zone of this account with the name free, or the cluster's own already. */
export async function chooseDomain(
  input: {
    readonly cluster: string;
    readonly tools: Tools;
    readonly domain: string | undefined;
    readonly dns: 'print' | 'alidns';
  },
  findings: Findings,
): Promise<void> {
  const { cluster, domain, dns, tools } = input;
  if (domain === undefined) {
    findings.problem(
      'domain_missing',
      'No domain was given: browsers publish over HTTPS only, and that needs a name.',
      'Add --domain live.example.com, or set domain in ams.yaml.',
    );
    return;
  }
  if (domain.length > LONGEST) {
    findings.problem(
      'domain_too_long',
      `${domain} has ${domain.length} characters; ${LONGEST} fit into the tag of the load balancer that keeps it.`,
      'Choose a shorter --domain.',
    );
    return;
  }
  if (!isDomainName(domain)) {
    findings.problem(
      'bad_domain',
      `"${printable(domain)}" is not a domain name: each part of it has 1 to 63 of a-z, 0-9 and hyphens.`,
      'Give another with --domain, or a shorter name of the cluster where domain in ams.yaml holds it.',
    );
    return;
  }
  if (domain.split('.').length < 3) {
    findings.risk(
      `${domain} looks like the apex of a zone, where no CNAME can stand: a name below it (like live.${domain}) is safer.`,
    );
  }
  if (dns !== 'alidns') return;
  const split = await tools.cloud.dns.mainDomain(domain);
  const records = split && (await tools.cloud.dns.records({ domainName: split.domainName, rr: split.rr }));
  if (!split || !records) {
    findings.problem(
      'zone_missing',
      `Alibaba DNS of this account has no zone for ${domain}.`,
      'Use --dns print and set the record where the zone is, or add the zone there.',
    );
    return;
  }
  const taken = records.find((record) => record.rr === split.rr && record.remark !== remarkOf(cluster));
  if (taken) {
    findings.problem(
      'name_in_use',
      `${domain} has a ${taken.type} record already (${taken.value}).`,
      'Remove it, choose another --domain, or use --dns print to set it yourself.',
    );
  }
}
