import { type Product, sdkModel } from '../product.ts';
import * as reads from './reads.ts';
import * as records from './records.ts';

const record = { required: ['RecordId'] };

/** Alibaba Cloud DNS, 2015-01-09. */
export const alidns: Product = {
  name: 'Alidns',
  version: '2015-01-09',
  model: sdkModel('@alicloud/alidns20150109', {
    AddDomainRecord: { required: ['DomainName', 'RR', 'Type', 'Value'] },
    UpdateDomainRecord: { required: ['RecordId', 'RR', 'Type', 'Value'] },
    UpdateDomainRecordRemark: record,
    SetDomainRecordStatus: { required: ['RecordId', 'Status'] },
    DeleteDomainRecord: record,
    DescribeDomainRecordInfo: record,
    DescribeDomainRecords: { required: ['DomainName'] },
    DescribeSubDomainRecords: { required: ['SubDomain'] },
    DescribeDomainInfo: { required: ['DomainName'] },
    GetMainDomainName: { required: ['InputString'] },
  }),
  actions: {
    AddDomainRecord: records.addDomainRecord,
    UpdateDomainRecord: records.updateDomainRecord,
    UpdateDomainRecordRemark: records.updateDomainRecordRemark,
    SetDomainRecordStatus: records.setDomainRecordStatus,
    DeleteDomainRecord: records.deleteDomainRecord,
    DescribeDomainRecordInfo: reads.describeDomainRecordInfo,
    DescribeDomainRecords: reads.describeDomainRecords,
    DescribeSubDomainRecords: reads.describeSubDomainRecords,
    DescribeDomainInfo: reads.describeDomainInfo,
    DescribeDomains: reads.describeDomains,
    GetMainDomainName: reads.getMainDomainName,
  },
};
